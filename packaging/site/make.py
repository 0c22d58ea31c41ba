#!/usr/bin/env python3
"""Makes the source of the documentation's site for mdBook: the README, docs/, and a reference of abi/ftpclient.json.

    make.py DIRECTORY             writes the source there
    make.py --check DIRECTORY     reads the HTML that mdBook has made, and finds each link that leads nowhere
"""
import html.parser
import json
import re
import shutil
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

ROOT = Path(__file__).resolve().parents[2]

# Each page of docs/ stands in one of these parts.
PARTS = {
    "Using it": ["building", "errors", "ftplib", "cpp", "bindings", "event-loops", "threading", "timeouts", "idle"],
    "Files and directories": ["listings", "files", "mirror", "batch", "pool", "ftpc"],
    "Servers": ["ftps", "servers", "performance"],
    "For packagers and developers": ["packages", "abi", "dependencies", "architecture"],
}
BESIDE = {"python/README.md": "The Python package", "CONTRIBUTING.md": "Contributing", "CHANGELOG.md": "Changes",
          "tests/README.md": "The tests"}
LINK = re.compile(r"\[(?P<text>(?:[^\[\]]|\[[^\]]*\])*)\]\((?P<target>[^)\s]+)\)")
FUNCTION = re.compile(r"(?<![\w\[`/])`?\b(ftp_\w+)\(\)`?(?![\w\]])")


def slug(title):
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


class Site:
    def __init__(self, place):
        self.place = Path(place)
        self.api = json.loads((ROOT / "abi/ftpclient.json").read_text(encoding="utf-8"))
        self.page_of = {function["name"]: slug(function["section"]) for function in self.api["functions"]}
        self.pages = {"README.md", *BESIDE, *(f"docs/{name}.md" for names in PARTS.values() for name in names)}

    def make(self):
        missing = {f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")} - self.pages
        if missing:
            sys.exit(f"{', '.join(sorted(missing))}: in no part of the site")
        for page in self.pages:
            text = (ROOT / page).read_text(encoding="utf-8")
            self.write(page, outside_code(text, lambda part: self.with_links(part, page)))
        for section in self.api["sections"]:
            self.write(f"reference/{slug(section['name'])}.md", self.reference(section))
        self.write("SUMMARY.md", self.summary())

    def write(self, name, text):
        path = self.place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def with_links(self, text, page):
        """The text with links to the functions that it names. What it links to and is no page is copied beside it."""
        def link(match):
            target = urlsplit(match["target"])
            path = (ROOT / page).parent / unquote(target.path)
            if target.scheme or not target.path or not path.exists():
                return match[0]
            name = path.resolve().relative_to(ROOT).as_posix()
            if path.is_dir() or path.suffix == ".md" and name not in self.pages:
                return match["text"]
            if path.name == "README.md":
                # Its page is the first of its directory.
                return match[0].replace("README.md", "index.html")
            if name not in self.pages:
                (self.place / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, self.place / name)
            return match[0]
        return self.with_functions(LINK.sub(link, text), "../" * page.count("/"))

    def with_functions(self, text, up):
        def link(match):
            page = self.page_of.get(match[1])
            return f"[`{match[1]}()`]({up}reference/{page}.md#{match[1]})" if page else match[0]
        # A link within a link is none.
        parts = re.split(r"(\[(?:[^\[\]]|\[[^\]]*\])*\]\([^)\s]+\))", text)
        return "".join(part if number % 2 else FUNCTION.sub(link, part) for number, part in enumerate(parts))

    def summary(self):
        lines = ["# Summary", "", "[libftpclient](README.md)", ""]
        for part, names in PARTS.items():
            lines += [f"# {part}", ""]
            lines += [f"- [{title(ROOT / 'docs' / f'{name}.md')}](docs/{name}.md)" for name in names]
            if part == "Using it":
                lines.append(f"- [{BESIDE['python/README.md']}](python/README.md)")
            lines.append("")
        lines += [f"- [{BESIDE[name]}]({name})" for name in list(BESIDE)[1:]]
        lines += ["", "# Reference", ""]
        lines += [f"- [{section['name']}](reference/{slug(section['name'])}.md)" for section in self.api["sections"]]
        return "\n".join(lines) + "\n"

    def reference(self, section):
        name = section["name"]
        lines = [f"# {name}", "", section["doc"], ""]
        def belongs(kind):
            return (item for item in self.api[kind] if item["section"] == name)
        for item in belongs("functions"):
            lines += [f"## {item['name']}", "", *self.prototype(item, item["name"]), *self.description(item)]
        for item in belongs("callbacks"):
            lines += [f"## {item['name']}", "", *self.prototype(item, f"(*{item['name']})", "typedef "), *self.description(item)]
        for item in belongs("structs"):
            rows = [f"{field['type']} {field['name']}".replace("* ", "*") for field in item["fields"]]
            lines += [f"## {item['name']}", "", self.prose(item["doc"]), "", *self.table("member", zip(rows, item["fields"]))]
        for item in belongs("enums"):
            rows = [f"{value['name']} = {value['value']}" for value in item["values"]]
            lines += [f"## {item['name']}", "", self.prose(item["doc"]), "", *self.table("value", zip(rows, item["values"]))]
        for item in belongs("handles"):
            lines += [f"## {item['name']}", "", self.prose(item["doc"]), ""]
        constants = list(belongs("constants"))
        if constants:
            rows = [f"{item['name']} = {item['value']}" for item in constants]
            lines += ["## Constants", "", *self.table("constant", zip(rows, constants))]
        return "\n".join(lines) + "\n"

    def prototype(self, item, name, before=""):
        parameters = [f"{parameter['type']} {parameter['name']}".replace("* ", "*") for parameter in item["parameters"]]
        text = f"{before}{item['returns']} {name}({', '.join(parameters) or 'void'});".replace("* ", "*")
        return ["```c", text, "```", ""]

    def description(self, item):
        """The comment: what is said of a parameter or of the result becomes an item of a list."""
        lines = []
        for line in item["doc"].splitlines():
            line = re.sub(r"^@param (\w+)\s+", r"- `\1`: ", line)
            line = re.sub(r"^@return ", "- returns ", line)
            line = re.sub(r"^ftplib: (.*)", r"In Python's ftplib: \1.", line)
            is_field = line.startswith("- `") or line.startswith("- returns ")
            if is_field and lines and lines[-1] and not lines[-1].startswith(("- ", " ")):
                lines.append("")
            # Markdown wants the lists in a field two columns in, and the header has them below its text.
            if lines and line.startswith("    "):
                line = "  " + line.lstrip() if line.lstrip().startswith("- ") else "    " + line.lstrip()
            lines.append(line)
        return [self.prose("\n".join(lines)), ""]

    def prose(self, text):
        text = text.replace("<", "&lt;").replace("*", "\\*").replace("|", "\\|")
        return self.with_functions(text, "../")

    def table(self, title_of_first, rows):
        lines = [f"| {title_of_first} | |", "|---|---|"]
        for first, item in rows:
            text = self.prose(item["doc"])
            text = re.sub(r"\n+- ", "<br>• ", text).replace("\n\n", "<br>").replace("\n", " ")
            lines.append(f"| `{first}` | {text} |")
        return [*lines, ""]


def title(path):
    return path.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ")


def outside_code(text, change):
    """Changes what stands outside of fenced and indented code."""
    parts = re.split(r"(^```.*?^```[^\n]*\n|(?:(?<=\n\n)(?:    [^\n]*\n)+))", text, flags=re.S | re.M)
    return "".join(part if number % 2 else change(part) for number, part in enumerate(parts))


class Page(html.parser.HTMLParser):
    """The anchors of a page, and where its links lead."""
    def __init__(self, path):
        super().__init__()
        self.anchors, self.links = set(), []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if "id" in attributes:
            self.anchors.add(attributes["id"])
        if tag == "a" and attributes.get("href"):
            self.links.append(attributes["href"])


def check(place):
    place = Path(place)
    pages = {path.resolve(): Page(path) for path in place.rglob("*.html") if path.name not in ("print.html", "404.html", "toc.html")}
    wrong = []
    for path, page in pages.items():
        for link in page.links:
            target = urlsplit(link)
            if target.scheme:
                continue
            there = (path.parent / unquote(target.path)).resolve() if target.path else path
            fragment = unquote(target.fragment)
            if not there.is_file() or fragment and there in pages and fragment not in pages[there].anchors:
                wrong.append(f"{path.relative_to(place.resolve())}: {link}")
    if wrong:
        sys.exit("\n".join(["Links that lead nowhere:", *sorted(set(wrong))]))
    print(f"{len(pages)} pages, {sum(len(page.links) for page in pages.values())} links")


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] == "--check":
        check(sys.argv[2])
    elif len(sys.argv) == 2:
        Site(sys.argv[1]).make()
    else:
        sys.exit(__doc__)
