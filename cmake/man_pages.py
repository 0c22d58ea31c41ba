#!/usr/bin/env python3
"""Makes the manual pages of section 3 from the comments of the header: one for each function, and ftpclient(3) of what holds for all.

    man_pages.py include/ftpclient.h VERSION DIRECTORY
"""
import re
import sys
from pathlib import Path

COMMENT_AND_CODE = re.compile(r"/\*\*\n(?P<comment>(?: \*.*\n)*?) \*/\n(?P<code>FTP_[^;]*;)", re.M)
RULE = re.compile(r"/\* -{20,}\n(?P<title>(?: \*.*\n)*?) \* -{20,} \*/|/\* -{20,}\n(?P<plain>.*\n)*?.*-{20,} \*/")
NAME = re.compile(r"\b(ftp_\w+)\(")
OTHER_FUNCTION = re.compile(r"\b(ftp_\w+)\(\)")


def escaped(text):
    """Text as roff wants it: no character of it is a request or another character."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("^", "\\(ha").replace("~", "\\(ti")
    text = text.replace("`", "\\(ga").replace('"', "\\(dq")
    text = re.sub(r"\b(ftp_\w+)\(\)", r"\\fB\1\\fR(3)", text)
    text = re.sub(r"\b(FTP_[A-Z0-9_]+)\b", r"\\fB\1\\fR", text)
    return "\\&" + text if text.startswith(".") else text


def indentation(line):
    return len(line) - len(line.lstrip())


def body(lines):
    """Paragraphs and lists, which are indented below what they belong to."""
    page, levels, is_open = [], [], False
    for line in lines:
        text = line.strip()
        if not text:
            is_open = False
            continue
        if text.startswith("- "):
            here = indentation(line)
            while levels and levels[-1] > here:
                levels.pop()
                page.append(".RE")
            if not levels or levels[-1] < here:
                levels.append(here)
                page.append(".RS 2")
            page += [".IP \\(bu 2", escaped(text[2:])]
        elif levels and indentation(line) > levels[-1]:
            page += ([] if is_open else [".IP \"\" 2"]) + [escaped(text)]
        else:
            while levels and indentation(line) <= levels[-1]:
                levels.pop()
                page.append(".RE")
                is_open = False
            page += ([] if is_open or not page else [".PP"]) + [escaped(text)]
        is_open = True
    return page + [".RE"] * len(levels)


def fields(comment):
    """The description, the parameters with their texts, what is returned, and what ftplib calls it."""
    description, parameters, result, ftplib, now = [], [], [], "", None
    for line in (line[3:].rstrip() for line in comment.splitlines()):
        if match := re.match(r"@param (\S+)(\s*)(.*)", line):
            now = [match.end(2), [match[3]]]
            parameters.append((match[1], now))
        elif match := re.match(r"@return (.*)", line):
            now = [8, [match[1]]]
            result.append(now)
        elif match := re.match(r"ftplib: (.*)", line):
            ftplib, now = match[1], None
        elif now and (line.startswith(" " * now[0]) or (line.startswith("  ") and line.strip())):
            now[1].append(line[now[0]:] if line.startswith(" " * now[0]) else line.strip())
        else:
            now = None
            description.append(line)
    return description, parameters, result, ftplib


def summary(description):
    """The first sentence, without its full stop."""
    text = " ".join(line.strip() for line in description)
    return re.split(r"[.:](?= |$)", text, maxsplit=1)[0].strip()


def page(name, comment, code, neighbours, version):
    description, parameters, result, ftplib = fields(comment)
    prototype = re.sub(r"\bFTP_(NODISCARD|API|PURE)\s+", "", code)
    prototype = "\n".join(line.strip() if number == 0 else line for number, line in enumerate(prototype.splitlines()))
    lines = [
        f'.TH {name.upper()} 3 "" "libftpclient {version}" "Library Functions Manual"',
        ".SH NAME", f"{name} \\- " + escaped(summary(description)).replace("\\fB", "").replace("\\fR", ""),
        ".SH SYNOPSIS", ".nf", ".B #include <ftpclient.h>", ".PP", ".ft B",
        *(line.replace("\\", "\\e") for line in prototype.splitlines()), ".ft R", ".fi",
        ".PP", "Link with \\fI\\-lftpclient\\fR.",
        ".SH DESCRIPTION", *body(description),
    ]
    if parameters:
        lines.append(".SH PARAMETERS")
        for parameter, (_, text) in parameters:
            lines += [".TP", f".I {parameter}", *body_of_field(text)]
    if result:
        lines += [".SH RETURN VALUE", *body(result[0][1])]
    if ftplib and ftplib != "none":
        lines += [".SH NOTES", f"Python\\(aqs ftplib: {escaped(ftplib)}."]
    others = sorted(set(OTHER_FUNCTION.findall(comment)) | set(neighbours) - {name})
    others = [other for other in others if other != name]
    lines += [".SH SEE ALSO", *(f".BR {other} (3)," for other in others), ".BR ftpclient (3)"]
    return "\n".join(lines) + "\n"


def body_of_field(text):
    """A parameter's text begins behind its name, and is indented from there on."""
    lines = body(text)
    return lines if lines else ["\\&"]


def overview(comment, sections, version):
    lines = [f'.TH FTPCLIENT 3 "" "libftpclient {version}" "Library Functions Manual"', ".SH NAME",
             "ftpclient \\- an FTP client library with a C API", ".SH SYNOPSIS", ".nf", ".B #include <ftpclient.h>", ".fi", ".PP",
             "Link with \\fI\\-lftpclient\\fR."]
    paragraphs = comment.strip().splitlines()
    text, started = [], False
    for number, line in enumerate(paragraphs):
        is_title = re.fullmatch(r"[A-Z]\w*( \w+)?", line.strip()) and not line.startswith(" ")
        if is_title:
            lines += body(text) if started else [".SH DESCRIPTION", *body(text[1:])]
            lines.append(f".SH {line.strip().upper()}")
            text, started = [], True
        else:
            text.append(line)
    lines += body(text)
    lines.append(".SH FUNCTIONS")
    for title, names in sections:
        lines += [".SS " + escaped(title), *(f".BR {name} (3)," for name in names[:-1]), *(f".BR {name} (3)" for name in names[-1:])]
    return "\n".join(lines) + "\n"


def main(header, version, directory):
    text = Path(header).read_text(encoding="utf-8")
    directory = Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    titles = [(match.start(), re.sub(r"^ \* ?", "", match[1], flags=re.M).strip().splitlines()[0])
              for match in re.finditer(r"/\* -{20,}\n((?: \*.*\n)*?) \* -{20,}", text)]
    functions = []
    for match in COMMENT_AND_CODE.finditer(text):
        if found := NAME.search(match["code"]):
            title = [title for start, title in titles if start < match.start()][-1]
            functions.append((found[1], match["comment"], match["code"], title))
    sections = {}
    for name, _, _, title in functions:
        sections.setdefault(title, []).append(name)
    for name, comment, code, title in functions:
        (directory / f"{name}.3").write_text(page(name, comment, code, sections[title], version), encoding="utf-8")
    first = re.match(r"/\*\n((?: \*.*\n)*?) \*/", text)[1]
    first = re.sub(r"^ \* ?", "", first, flags=re.M)
    (directory / "ftpclient.3").write_text(overview(first, list(sections.items()), version), encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
