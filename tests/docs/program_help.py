"""What the built programs say of themselves: commands and options out of `--help`, all levels."""

import dataclasses
import re
import shlex
import subprocess

FOLDERS = {"ut-agent": "agent", "utctl": "tools/utctl", "isim-probe": "tools/isim-probe",
           "soft-isim": "tools/soft-isim", "ut-lab": "tools/ut-lab"}
HELP = {"-h", "--help", "--version"}


@dataclasses.dataclass
class Command:
    """One command: its words after the program's name, its options, what comes below it."""

    words: tuple
    text: str
    options: set
    parts: dict

    def all(self):
        yield self
        for part in self.parts.values():
            yield from part.all()

    def name(self):
        return " ".join(self.words)


def section_of(text, title):
    """The names at the start of the lines of one section of a help text."""
    found = re.search(rf"^{title}:\n((?:  .*\n)+)", text, re.M)
    return re.findall(r"^  (\S+)", found[1], re.M) if found else []


def command_of(binary, words=()):
    done = subprocess.run([binary, *words, "--help"], capture_output=True, text=True, check=True)
    names = [name for entry in section_of(done.stdout, "Options") for name in re.findall(r"--?[a-z][\w-]*", entry)]
    parts = {name: command_of(binary, (*words, name)) for name in section_of(done.stdout, "Subcommands")}
    return Command(tuple(words), done.stdout, set(names), parts)


def programs(build):
    """{name: Command} of all programs of the build directory."""
    return {name: command_of(f"{build}/{folder}/{name}") for name, folder in FOLDERS.items()}


def problem_of_line(words, root):
    """What is wrong with a command line (its words after the program's name), or None."""
    at, known, seen = root, set(root.options) | HELP, False
    for word in words:
        if re.fullmatch(r"[|&;>]+|\d?>.*|<.*", word) or word.startswith("#"):
            break
        if word.startswith("--"):
            if word.split("=")[0] not in known:
                return f"{word} is no option there"
        elif word in at.parts or word in root.parts:
            at = at.parts.get(word) or root.parts[word]
            known |= at.options
            seen = True
        elif not seen and root.parts and not re.fullmatch(r"[/.~]?[\w*'/.-]*", word):
            return f"{word} is no command"
    return None if seen or not root.parts or any(w.startswith("--") for w in words) else "no command is named"


def lines_of_programs(text):
    """(program, words) for each command line of ours in a block of shell."""
    for line in text.replace("\\\n", " ").splitlines():
        try:
            words = shlex.split(line, comments=True)
        except ValueError:
            words = line.split()
        for index, word in enumerate(words):
            if word in FOLDERS and (index == 0 or words[index - 1] in ("|", "&&", "sudo", "then", "if", "!", "&", ";")):
                yield word, words[index + 1:]
