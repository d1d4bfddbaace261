#!/usr/bin/python3
"""Writes files as C++ constants: embed.py OUT.cpp NAME=FILE..."""
import pathlib
import sys

# As numbers: a string literal has a length limit that a page may pass.
parts = ['#include "tools/utctl/web/page_files.h"\n\n#include <array>\n\nnamespace ut::utctl::web {\nnamespace {\n']
names = [argument.split("=", 1) for argument in sys.argv[2:]]
for name, file in names:
    octets = pathlib.Path(file).read_text(encoding="utf-8").encode()
    lines = [", ".join(f"char({octet})" for octet in octets[at:at + 16]) for at in range(0, len(octets), 16)]
    parts.append(f"\nconstexpr std::array<char, {len(octets)}> k{name}Octets = {{\n    " + ",\n    ".join(lines) + "};\n")
parts.append("\n}  // namespace\n\n")
parts += [f"const std::string_view k{name}(k{name}Octets.data(), k{name}Octets.size());\n" for name, _ in names]
parts.append("\n}  // namespace ut::utctl::web\n")
pathlib.Path(sys.argv[1]).write_text("".join(parts), encoding="ascii")
