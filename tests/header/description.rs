//! The API as data: what the header declares, as JSON for programs that make bindings.
//!
//! It reads the header and not the sources, so that it tells what a C compiler sees. A declaration that it does not
//! understand is a panic: nothing is left out in silence.

use crate::json::Json;

/// All of the header.
pub(crate) fn describe(header: &str, version: &str) -> String {
    let mut api = Api::default();
    let body = header.split_once("extern \"C\" {\n#endif\n").unwrap().1;
    let body = body.split_once("\n#ifdef __cplusplus").unwrap().0;
    let mut rest = body.trim_start();
    let mut comment = Vec::new();
    while !rest.is_empty() {
        rest = if let Some(banner) = rest.strip_prefix("/* -") {
            let (text, behind) = banner.split_once("*/").unwrap();
            api.begin_section(&comment_lines(text));
            behind
        } else if let Some(text) = rest.strip_prefix("/**") {
            let (text, behind) = text.split_once("*/").unwrap();
            comment = comment_lines(text);
            behind
        } else {
            let (declaration, behind) = declaration(rest);
            api.declare(declaration, &std::mem::take(&mut comment));
            behind
        }
        .trim_start();
    }
    api.into_json(version).to_text()
}

/// The first declaration, and what follows it.
fn declaration(text: &str) -> (&str, &str) {
    let end = if text.starts_with('#') {
        "\n"
    } else if is_body(text) {
        "\n}"
    } else {
        ";"
    };
    let end = text.find(end).unwrap_or_else(|| panic!("no end: {text}")) + end.len();
    let (declaration, behind) = text.split_at(end);
    match behind.split_once(";\n") {
        Some((_, behind)) if is_body(text) => (declaration, behind),
        _ => (declaration, behind),
    }
}

/// Whether it is a struct or an enum with members.
fn is_body(text: &str) -> bool {
    text.lines().next().is_some_and(|line| line.starts_with("typedef ") && line.ends_with('{'))
}

/// The text of a comment, without its stars.
fn comment_lines(comment: &str) -> Vec<String> {
    let lines = comment.lines().map(|line| {
        let line = line.trim();
        line.strip_prefix("* ").or_else(|| line.strip_prefix('*')).unwrap_or(line).to_owned()
    });
    let mut lines: Vec<String> = lines.skip_while(|line| line.trim_matches('-').trim().is_empty()).collect();
    while lines.last().is_some_and(|line| line.trim_matches('-').trim().is_empty()) {
        lines.pop();
    }
    lines
}

#[derive(Default)]
struct Api {
    section: String,
    sections: Vec<Json>,
    constants: Vec<Json>,
    numbers: Vec<(String, i64)>,
    enums: Vec<Json>,
    structs: Vec<Json>,
    handles: Vec<Json>,
    callbacks: Vec<Json>,
    functions: Vec<Json>,
}

impl Api {
    fn begin_section(&mut self, comment: &[String]) {
        let (title, text) = comment.split_first().unwrap();
        self.section.clone_from(title);
        self.sections.push(Json::object([("name", Json::text(title)), ("doc", Json::text(joined(text)))]));
    }

    /// Sorts a declaration in.
    fn declare(&mut self, declaration: &str, comment: &[String]) {
        let first = declaration.lines().next().unwrap_or_default();
        if let Some(define) = declaration.strip_prefix("#define ") {
            let (name, expression) = define.trim_end().split_once(' ').unwrap();
            let value = value(expression, &self.numbers);
            self.numbers.push((name.to_owned(), value));
            let constant = self.named(name, comment, [("value", Json::Number(value))]);
            self.constants.push(constant);
        } else if let Some(name) = first.strip_prefix("typedef enum ").and_then(|it| it.strip_suffix(" {")) {
            let values = Json::List(members(declaration).iter().map(enum_value).collect());
            let item = self.named(name, comment, [("values", values)]);
            self.enums.push(item);
        } else if let Some(name) = first.strip_prefix("typedef struct ").and_then(|it| it.strip_suffix(" {"))
        {
            let fields = Json::List(members(declaration).iter().map(field).collect());
            let item = self.named(name, comment, [("fields", fields)]);
            self.structs.push(item);
        } else if let Some(rest) = first.strip_prefix("typedef struct ") {
            let item = self.named(rest.split_once(' ').unwrap().0, comment, []);
            self.handles.push(item);
        } else if let Some(rest) = declaration.strip_prefix("typedef ") {
            let (returns, rest) = rest.split_once("(*").unwrap();
            let (name, parameters) = rest.split_once(")(").unwrap();
            let item = self.callable(name, returns, parameters, comment, []);
            self.callbacks.push(item);
        } else {
            let must_check = declaration.starts_with("FTP_NODISCARD ");
            let rest = declaration.trim_start_matches("FTP_NODISCARD ");
            let rest = rest.strip_prefix("FTP_API ").unwrap_or_else(|| panic!("what is this? {declaration}"));
            let (head, parameters) = rest.split_once('(').unwrap();
            let (returns, name) = typed(head);
            let item =
                self.callable(&name, &returns, parameters, comment, [("must_check", Json::Bool(must_check))]);
            self.functions.push(item);
        }
    }

    fn named<const N: usize>(&self, name: &str, comment: &[String], more: [(&str, Json); N]) -> Json {
        let mut members = vec![("name", Json::text(name)), ("section", Json::text(&self.section))];
        members.extend(more);
        members.push(("doc", Json::text(joined(comment))));
        Json::object(members)
    }

    /// A function or a callback.
    fn callable<const N: usize>(
        &self,
        name: &str,
        returns: &str,
        parameters: &str,
        comment: &[String],
        more: [(&str, Json); N],
    ) -> Json {
        let parameters = parameters.trim_end_matches(';').trim_end_matches(')');
        let parameters = parameters.split(',').map(str::trim).filter(|it| *it != "void");
        let parameters = parameters.map(|parameter| {
            let (kind, name) = typed(parameter);
            let doc = tag(comment, &format!("@param {name} "));
            Json::object([("name", Json::text(name)), ("type", Json::text(kind)), ("doc", Json::text(doc))])
        });
        let parameters = Json::List(parameters.collect());
        let mut members = vec![("returns", Json::text(returns.trim())), ("parameters", parameters)];
        members.extend(more);
        let mut item = self.named(name, comment, []);
        item.insert_before("doc", members);
        item
    }

    fn into_json(self, version: &str) -> Json {
        Json::object([
            ("library", Json::text("ftpclient")),
            ("version", Json::text(version)),
            ("header", Json::text("ftpclient.h")),
            ("soname", Json::text("libftpclient.so.0")),
            ("sections", Json::List(self.sections)),
            ("constants", Json::List(self.constants)),
            ("enums", Json::List(self.enums)),
            ("handles", Json::List(self.handles)),
            ("structs", Json::List(self.structs)),
            ("callbacks", Json::List(self.callbacks)),
            ("functions", Json::List(self.functions)),
        ])
    }
}

/// The members of a struct or an enum, each with its comment.
fn members(declaration: &str) -> Vec<(Vec<String>, String)> {
    let body = declaration.split_once("{\n").unwrap().1;
    let parts = body.split("/**").skip(1).map(|part| {
        let (comment, member) = part.split_once("*/").unwrap();
        let member = member.trim().trim_end_matches(['}', '\n', ' ']).trim_end_matches([',', ';']);
        assert!(!member.contains([';', ',']), "a member without a comment: {member}");
        (comment_lines(comment), member.to_owned())
    });
    parts.collect()
}

fn enum_value((comment, member): &(Vec<String>, String)) -> Json {
    let (name, value) = member.split_once(" = ").unwrap();
    Json::object([
        ("name", Json::text(name)),
        ("value", Json::Number(value.parse().unwrap())),
        ("doc", Json::text(joined(comment))),
    ])
}

fn field((comment, member): &(Vec<String>, String)) -> Json {
    let (kind, name) = typed(member);
    Json::object([
        ("name", Json::text(name)),
        ("type", Json::text(kind)),
        ("doc", Json::text(joined(comment))),
    ])
}

/// Type and name: `const char *name` is a `const char *` named `name`.
fn typed(declaration: &str) -> (String, String) {
    let name_at = declaration.rfind([' ', '*']).unwrap_or_else(|| panic!("no type: {declaration}")) + 1;
    let (kind, name) = declaration.split_at(name_at);
    let words: Vec<&str> = kind.split_whitespace().collect();
    (words.join(" "), name.to_owned())
}

/// What stands behind a tag of a comment, up to the next tag or empty line.
fn tag(comment: &[String], tag: &str) -> String {
    let Some(at) = comment.iter().position(|line| line.starts_with(tag)) else { return String::new() };
    let first = comment[at][tag.len()..].trim();
    let indent = comment[at].len() - first.len();
    let more = comment[at + 1..].iter().take_while(|line| line.starts_with(' '));
    let mut lines = vec![first.to_owned()];
    lines.extend(more.map(|line| line.get(indent..).unwrap_or_else(|| line.trim_start()).to_owned()));
    joined(&lines)
}

fn joined(lines: &[String]) -> String {
    lines.join("\n").trim().to_owned()
}

/// The value of a constant's expression: numbers, names of constants before it, `<<`, `|`, `-` and parentheses.
fn value(expression: &str, known: &[(String, i64)]) -> i64 {
    let spaced = ["(", ")", "<<", "|", "-"]
        .iter()
        .fold(expression.to_owned(), |text, sign| text.replace(sign, &format!(" {sign} ")));
    let mut tokens = spaced.split_whitespace().peekable();
    let value = sum(&mut tokens, known);
    assert!(tokens.next().is_none(), "{expression}");
    value
}

type Tokens<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn sum(tokens: &mut Tokens<'_>, known: &[(String, i64)]) -> i64 {
    let mut value = term(tokens, known);
    while let Some(sign) = tokens.next_if(|token| *token != ")") {
        let other = term(tokens, known);
        value = match sign {
            "<<" => value << other,
            "|" => value | other,
            "-" => value - other,
            _ => panic!("{sign}"),
        };
    }
    value
}

fn term(tokens: &mut Tokens<'_>, known: &[(String, i64)]) -> i64 {
    match tokens.next().unwrap() {
        "(" => {
            let value = sum(tokens, known);
            assert_eq!(tokens.next(), Some(")"));
            value
        }
        "-" => -term(tokens, known),
        token => match token.strip_prefix("0x") {
            Some(digits) => i64::from_str_radix(digits, 16).unwrap(),
            None => token.parse().unwrap_or_else(|_| {
                known.iter().find(|(name, _)| name == token).unwrap_or_else(|| panic!("{token}")).1
            }),
        },
    }
}
