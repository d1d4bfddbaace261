"""The examples of a page: fenced blocks behind a comment.

<!-- run: NAME, prints: REGEX -->    what a reader runs, and what it prints
<!-- start: NAME, until: COMMAND --> what runs in a terminal of its own
<!-- file: NAME -->                  a file
<!-- config: NAME -->                a whole configuration of ut-agent
<!-- system: NAME -->                for an installed system: not run; what it names is looked for

PAGE names | list | code NAME | file NAME | run NAME [TOKEN] | no-others | system ROOT
"""

import pathlib
import re
import subprocess
import sys

FENCE = re.compile(
    r"(?:<!-- (run|start|file|config|system): ([^,\n]+?)(?:, (?:prints|until): ([^\n]+))? -->\n)?```(\w*)\n(.*?)^```$", re.M | re.S)
RUN = {
    "sh": ("example.sh", ["bash", "-e", "example.sh"]),
    "python": ("example.py", ["/usr/bin/python3", "example.py"]),
    "js": ("example.js", ["node", "example.js"]),
    "c": ("example.c", ["sh", "-c", "cc -Wall -Wextra -Werror -o example example.c -lcurl && ./example"]),
}
# What the blocks for an installed system may call, beside scripts of the source tree.
SYSTEM = {"apt", "export", "journalctl", "meson", "ninja", "systemctl", "systemd-analyze", "systemd-sysusers", "usermod"}


def run(language, code, wanted, token):
    file, command = RUN[language]
    pathlib.Path(file).write_text(code.replace("TOKEN", token), encoding="utf-8")
    done = subprocess.run(command, timeout=60, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False)
    print(done.stdout)
    if done.returncode != 0 or not re.search(wanted, done.stdout, re.M):
        sys.exit(f"status {done.returncode}; wanted {wanted}")


def text_of(*paths):
    return "".join(path.read_text(encoding="utf-8") for path in paths if path.is_file())


def problems_of_system(code, root):
    """What the commands name that is not there."""
    text = code.replace("\\\n", " ")
    for command in re.split(r"\n|&&|;", re.sub(r"#.*", "", text)):
        words = [word for word in command.split() if word != "sudo"]
        if not words:
            continue
        script = root / words[0]
        if words[0] not in SYSTEM and not script.is_file():
            yield f"{words[0]} is no command"
        elif script.is_file():
            told = text_of(script, *script.parent.glob("*.md"))
            yield from (f"{words[0]} has no {word}" for word in words[1:] if word.startswith("--") and word.split("=")[0] not in told)
    logs = text_of(root / "docs/logs.md")
    yield from (f"docs/logs.md has no {field}" for field in re.findall(r"\b(UT_[A-Z_]+)=", text) if field not in logs)
    yield from (f"{path} is not built" for path in re.findall(r"build/([\w/-]+)", text) if not (root / path / "meson.build").is_file())
    if (root / "service").is_dir():
        units = {path.name.removesuffix(".in") for path in (root / "service").iterdir()} | {"pcscd.service", "pcscd.socket"}
        yield from (f"there is no unit {unit}" for unit in re.findall(r"[\w@-]+\.(?:service|socket)\b", text) if unit not in units)
        known = text_of(*(root / "docs/man").glob("*.scd"), *(root / "service").glob("*.toml"))
        yield from (f"{path} is no file of ours" for path in re.findall(r"/(?:etc|run|var)/[\w./-]+", text) if path not in known)
        groups = text_of(root / "agent/service/ut-agent.sysusers")
        yield from (f"there is no group {name}" for name in re.findall(r"-aG (\S+)", text) if f"g {name} " not in groups)
    if (root / "debian/control").is_file():
        packages = re.findall(r"^Package: (.+)$", text_of(root / "debian/control"), re.M)
        yield from (f"there is no package {name}" for name in re.findall(r"\./([\w-]+)_\*\.deb", text) if name not in packages)


def main():
    page, command, *arguments = sys.argv[1:]
    blocks = [match.groups() for match in FENCE.finditer(pathlib.Path(page).read_text(encoding="utf-8"))]
    examples = {name: (language, code, wanted) for kind, name, wanted, language, code in blocks if kind == "run"}
    if command == "names":
        print("\n".join(examples))
    elif command == "list":
        for kind, name, wanted, _, _ in blocks:
            if kind not in (None, "system"):
                print(kind, name, wanted if kind == "start" else "", sep="\t")
    elif command == "code":
        print(next(code for kind, name, _, _, code in blocks if name == arguments[0]), end="")
    elif command == "file":
        print(next(code for kind, name, _, _, code in blocks if (kind, name) == ("file", arguments[0])), end="")
    elif command == "run":
        language, code, wanted = examples[arguments[0]]
        run(language, code, wanted, *arguments[1:] or ["TOKEN"])
    elif any(kind is None for kind, *_ in blocks):
        sys.exit("a block of code is neither run nor a file")
    elif command == "system":
        problems = [f"{name}: {problem}" for kind, name, _, _, code in blocks if kind == "system"
                    for problem in problems_of_system(code, pathlib.Path(arguments[0]))]
        if problems:
            sys.exit("\n".join(problems))


main()
