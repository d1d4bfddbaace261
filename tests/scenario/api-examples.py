"""The examples of a page: fenced blocks behind a comment <!-- run: NAME, prints: REGEX --> or <!-- file: NAME -->.

names | file NAME | run NAME TOKEN | no-others
"""

import pathlib
import re
import subprocess
import sys

FENCE = re.compile(r"(?:<!-- (run|file): ([^,\n]+?)(?:, prints: ([^\n]+))? -->\n)?```(\w*)\n(.*?)^```$", re.M | re.S)
RUN = {
    "sh": ("example.sh", ["bash", "-e", "example.sh"]),
    "python": ("example.py", ["/usr/bin/python3", "example.py"]),
    "js": ("example.js", ["node", "example.js"]),
    "c": ("example.c", ["sh", "-c", "cc -Wall -Wextra -Werror -o example example.c -lcurl && ./example"]),
}


def run(language, code, wanted, token):
    file, command = RUN[language]
    pathlib.Path(file).write_text(code.replace("TOKEN", token), encoding="utf-8")
    done = subprocess.run(command, timeout=60, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    print(done.stdout)
    if done.returncode != 0 or not re.search(wanted, done.stdout, re.M):
        sys.exit(f"status {done.returncode}; wanted {wanted}")


def main():
    page, command, *arguments = sys.argv[1:]
    blocks = [match.groups() for match in FENCE.finditer(pathlib.Path(page).read_text(encoding="utf-8"))]
    examples = {name: (language, code, wanted) for kind, name, wanted, language, code in blocks if kind == "run"}
    if command == "names":
        print("\n".join(examples))
    elif command == "file":
        print(next(code for kind, name, _, _, code in blocks if (kind, name) == ("file", arguments[0])), end="")
    elif command == "run":
        language, code, wanted = examples[arguments[0]]
        run(language, code, wanted, arguments[1])
    elif any(kind is None for kind, *_ in blocks):
        sys.exit("a block of code is neither run nor a file")


main()
