//! Reads a phrase: `{greeting} is the {product.name|upper} {~still|} {= price * 2 : 2} euros?`
//!
//! | written | means |
//! |---|---|
//! | `{name}`, `{slot.field}` | the value of an axis, of a slot, a phrase of a rule |
//! | `{name\|upper\|json}` | the same, changed |
//! | `{~this\|that\|}` | one of these phrases, here or nothing |
//! | `{= price * 2 : 2}` | a sum, with two decimal places |
//! | `{{`, `}}` | braces |

use super::formula::Formula;
use super::shape::{Of, Phrase, Piece};
use super::words::{MODIFIERS, Modifier};

/// Choices inside each other.
const DEPTH: u32 = 16;

/// What a phrase is read into.
pub(super) trait Scope {
    /// What a name stands for.
    fn name(&mut self, name: &str) -> Result<Of, String>;

    /// What a name in a formula stands for.
    fn number(&mut self, name: &str) -> Result<Of, String>;

    /// Makes a rule of phrases that were written inside another.
    fn choice(&mut self, phrases: Vec<Phrase>) -> usize;
}

/// Reads a phrase; an error says what is wrong.
pub(super) fn parse(text: &str, scope: &mut dyn Scope) -> Result<Phrase, String> {
    let mut reader = Reader { rest: text, scope, depth: 0 };
    let pieces = reader.pieces()?;
    Ok(Phrase { pieces, only_if: None })
}

struct Reader<'a, 's> {
    rest: &'a str,
    scope: &'s mut dyn Scope,
    /// Choices that are open.
    depth: u32,
}

impl<'a> Reader<'a, '_> {
    /// The pieces up to the end, or of one alternative of a choice.
    fn pieces(&mut self) -> Result<Box<[Piece]>, String> {
        let mut pieces = Vec::new();
        let mut text = String::new();
        while let Some(at) = self.rest.find(['{', '}', '|']) {
            let (before, rest) = self.rest.split_at(at);
            text.push_str(before);
            self.rest = rest;
            let inside = self.depth > 0;
            if self.take("{{") {
                text.push('{');
            } else if rest.starts_with('{') {
                if !text.is_empty() {
                    pieces.push(Piece::Text(std::mem::take(&mut text).into()));
                }
                pieces.push(self.opened()?);
            } else if inside {
                break;
            } else if self.take("}}") {
                text.push('}');
            } else if self.take("|") {
                text.push('|');
            } else {
                return Err("`}` stands alone; for a brace write `}}`".to_owned());
            }
        }
        if self.depth == 0 || !self.rest.starts_with(['|', '}']) {
            text.push_str(self.rest);
            self.rest = "";
        }
        if !text.is_empty() {
            pieces.push(Piece::Text(text.into()));
        }
        Ok(pieces.into())
    }

    /// What begins with `{`.
    fn opened(&mut self) -> Result<Piece, String> {
        if self.take("{~") {
            return self.choice();
        }
        let inner = self.rest.get(1..).unwrap_or_default();
        let Some(end) = inner.find('}') else {
            return Err("`}` is missing; for a brace write `{{`".to_owned());
        };
        let (inside, rest) = inner.split_at(end);
        self.rest = rest.get(1..).unwrap_or_default();
        match inside.strip_prefix('=') {
            Some(sum) => self.sum(sum),
            None => self.name(inside),
        }
    }

    fn choice(&mut self) -> Result<Piece, String> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err("too many choices `{~` inside each other".to_owned());
        }
        let mut phrases = Vec::new();
        loop {
            let pieces = self.pieces()?;
            phrases.push(Phrase { pieces, only_if: None });
            if self.take("}") {
                break;
            }
            if !self.take("|") {
                return Err("`}` is missing after `{~`".to_owned());
            }
        }
        self.depth -= 1;
        Ok(Piece::Name(Of::Rule(self.scope.choice(phrases)), Box::default()))
    }

    fn sum(&mut self, text: &str) -> Result<Piece, String> {
        let (formula, places) = match text.rsplit_once(':') {
            None => (text, None),
            Some((formula, places)) => {
                let places = places.trim().parse().ok().filter(|places| *places <= 9);
                let told = "behind `:` stands the number of decimal places, 0 to 9";
                (formula, Some(places.ok_or_else(|| told.to_owned())?))
            }
        };
        let formula = Formula::parse(formula, &mut |name| self.scope.number(name))?;
        Ok(Piece::Sum(formula, places))
    }

    fn name(&mut self, inside: &str) -> Result<Piece, String> {
        let mut parts = inside.split('|').map(str::trim);
        let name = parts.next().unwrap_or_default();
        if name.is_empty() || name.contains(|c: char| !(c.is_alphanumeric() || "_.".contains(c))) {
            return Err(format!("`{{{inside}}}` is no name; for a brace write `{{{{`"));
        }
        let mut how = Vec::new();
        for part in parts {
            how.push(modifier(part)?);
        }
        Ok(Piece::Name(self.scope.name(name)?, how.into()))
    }

    fn take(&mut self, sign: &str) -> bool {
        let taken = self.rest.strip_prefix(sign);
        self.rest = taken.unwrap_or(self.rest);
        taken.is_some()
    }
}

fn modifier(name: &str) -> Result<Modifier, String> {
    let found = MODIFIERS.iter().find(|(known, _)| *known == name).map(|(_, modifier)| *modifier);
    found.ok_or_else(|| {
        let known: Vec<&str> = MODIFIERS.iter().map(|(known, _)| *known).collect();
        format!("`|{name}` is unknown; there are {}", known.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Known(Vec<Vec<Phrase>>);

    impl Scope for Known {
        fn name(&mut self, name: &str) -> Result<Of, String> {
            match name {
                "a" => Ok(Of::Slot(0)),
                "b.c" => Ok(Of::Field(1, 2)),
                _ => Err(format!("`{name}` is unknown")),
            }
        }

        fn number(&mut self, name: &str) -> Result<Of, String> {
            self.name(name)
        }

        fn choice(&mut self, phrases: Vec<Phrase>) -> usize {
            self.0.push(phrases);
            self.0.len() - 1
        }
    }

    fn text(text: &str) -> Piece {
        Piece::Text(text.into())
    }

    fn name(of: Of) -> Piece {
        Piece::Name(of, Box::default())
    }

    #[test]
    fn phrases_fall_into_pieces() {
        let mut scope = Known::default();
        let phrase = parse("x {a|upper | json}{b.c}: {{{a}}} | {= a + 1 : 2}", &mut scope).unwrap();
        let Piece::Sum(_, Some(2)) = phrase.pieces[6] else { panic!("{phrase:?}") };
        assert_eq!(
            phrase.pieces[..6],
            [
                text("x "),
                Piece::Name(Of::Slot(0), [Modifier::Upper, Modifier::Json].into()),
                name(Of::Field(1, 2)),
                text(": {"),
                name(Of::Slot(0)),
                text("} | "),
            ]
        );
        let phrase = parse("{~one|{a}{~x|}|}!", &mut scope).unwrap();
        assert_eq!(*phrase.pieces, [name(Of::Rule(1)), text("!")]);
        let [inner, outer] = scope.0.as_slice() else { panic!("{:?}", scope.0) };
        assert_eq!((inner.len(), &*inner[1].pieces), (2, &[][..]));
        assert_eq!(*outer[1].pieces, [name(Of::Slot(0)), name(Of::Rule(0))]);
        assert_eq!((outer.len(), &*outer[0].pieces), (3, &[text("one")][..]));
    }

    #[test]
    fn what_is_no_phrase_is_told() {
        for (phrase, part) in [
            ("{a", "`}` is missing"),
            ("a}", "`}` stands alone"),
            ("{}", "no name"),
            ("{\"json\": 1}", "no name"),
            ("{z}", "`z` is unknown"),
            ("{a|up}", "`|up` is unknown; there are capital"),
            ("{= a : x}", "decimal places"),
            ("{= a +}", "missing at the end"),
            ("{~x|y", "`}` is missing after"),
        ] {
            let told = parse(phrase, &mut Known::default()).unwrap_err();
            assert!(told.contains(part), "{phrase}: {told}");
        }
        let deep = "{~".repeat(100_000);
        assert!(parse(&deep, &mut Known::default()).unwrap_err().contains("inside each other"));
    }
}
