//! Writes JSON.

pub(crate) enum Json {
    Bool(bool),
    Number(i64),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    pub(crate) fn text(text: impl AsRef<str>) -> Self {
        Self::Text(text.as_ref().to_owned())
    }

    pub(crate) fn object<'a>(members: impl IntoIterator<Item = (&'a str, Json)>) -> Self {
        Self::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    /// Puts members into an object, before one that it has.
    pub(crate) fn insert_before(&mut self, name: &str, members: Vec<(&str, Json)>) {
        let Self::Object(all) = self else { panic!("not an object") };
        let at = all.iter().position(|(member, _)| member == name).unwrap();
        all.splice(at..at, members.into_iter().map(|(name, value)| (name.to_owned(), value)));
    }

    /// With a line for each member, so that a change is a change of few lines.
    pub(crate) fn to_text(&self) -> String {
        let mut text = String::new();
        self.write(0, &mut text);
        text.push('\n');
        text
    }

    fn write(&self, depth: usize, out: &mut String) {
        match self {
            Self::Bool(value) => out.push_str(&value.to_string()),
            Self::Number(value) => out.push_str(&value.to_string()),
            Self::Text(text) => quote(text, out),
            Self::List(items) => {
                let items = items.iter().map(|item| (None, item));
                write_all('[', ']', items.collect(), depth, out);
            }
            Self::Object(members) => {
                let members = members.iter().map(|(name, value)| (Some(name.as_str()), value));
                write_all('{', '}', members.collect(), depth, out);
            }
        }
    }
}

fn write_all(open: char, close: char, items: Vec<(Option<&str>, &Json)>, depth: usize, out: &mut String) {
    out.push(open);
    for (index, (name, value)) in items.iter().enumerate() {
        out.push_str(if index == 0 { "\n" } else { ",\n" });
        out.push_str(&"  ".repeat(depth + 1));
        if let Some(name) = name {
            quote(name, out);
            out.push_str(": ");
        }
        value.write(depth + 1, out);
    }
    if !items.is_empty() {
        out.push('\n');
        out.push_str(&"  ".repeat(depth));
    }
    out.push(close);
}

fn quote(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            '\n' => out.push_str("\\n"),
            control if control < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(control))),
            other => out.push(other),
        }
    }
    out.push('"');
}
