//! Sums in a phrase: `{= product.price * quantity : 2}`, and conditions: `if = "total >= 50"`.
//!
//! ```text
//! or      := and ("or" and)*
//! and     := compared ("and" compared)*
//! compared:= sum (("<" | "<=" | ">" | ">=" | "==" | "!=") sum)?
//! sum     := product (("+" | "-") product)*
//! product := factor (("*" | "/" | "%") factor)*
//! factor  := "-" factor | number | name | function "(" or ("," or)* ")" | "(" or ")"
//! ```

use super::fixed::Fixed;
use super::shape::Of;

/// Parentheses and signs inside each other.
const DEPTH: u32 = 32;

/// Operators of a formula: a sum of many terms is as deep as it is long, and nobody writes more.
const MOST: u32 = 200;

/// A sum.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Formula {
    /// A number.
    Number(Fixed),
    /// What a name stands for.
    Value(Of),
    /// Two of them put together.
    Both(Operator, Box<(Formula, Formula)>),
    /// A function of some.
    Call(Function, Vec<Formula>),
}

/// How two are put together. What is compared gives 1 or 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Plus,
    Minus,
    Times,
    Over,
    Modulo,
    Less,
    AtMost,
    More,
    AtLeast,
    Equal,
    Other,
    And,
    Or,
}

/// What can be made of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Function {
    Min,
    Max,
    Floor,
    Ceil,
    Round,
    Abs,
}

const FUNCTIONS: &[(&str, Function)] = &[
    ("min", Function::Min),
    ("max", Function::Max),
    ("floor", Function::Floor),
    ("ceil", Function::Ceil),
    ("round", Function::Round),
    ("abs", Function::Abs),
];

/// Operators by how tightly they bind, the loosest first; of two that begin alike the longer one first.
const LEVELS: &[&[(&str, Operator)]] = &[
    &[("or", Operator::Or)],
    &[("and", Operator::And)],
    &[
        ("<=", Operator::AtMost),
        (">=", Operator::AtLeast),
        ("==", Operator::Equal),
        ("!=", Operator::Other),
        ("<", Operator::Less),
        (">", Operator::More),
    ],
    &[("+", Operator::Plus), ("-", Operator::Minus)],
    &[("*", Operator::Times), ("/", Operator::Over), ("%", Operator::Modulo)],
];

impl Formula {
    /// Reads a formula; `name` tells what a name stands for.
    pub(super) fn parse(
        text: &str,
        name: &mut dyn FnMut(&str) -> Result<Of, String>,
    ) -> Result<Formula, String> {
        let mut reader = Reader { rest: text, name, depth: 0, operators: 0 };
        let formula = reader.level(0)?;
        match reader.rest.trim_start() {
            "" => Ok(formula),
            rest => Err(format!("the formula is not understood at `{rest}`")),
        }
    }

    /// Its value; `value` gives that of a name.
    pub(super) fn value(
        &self,
        value: &mut dyn FnMut(Of) -> Result<Fixed, String>,
    ) -> Result<Fixed, String> {
        match self {
            Formula::Number(number) => Ok(*number),
            Formula::Value(of) => value(*of),
            Formula::Both(operator, both) => {
                let (one, other) = (both.0.value(value)?, both.1.value(value)?);
                operator
                    .of(one, other)
                    .ok_or_else(|| "a formula divides by zero or grows too large".to_owned())
            }
            Formula::Call(function, of) => {
                let mut numbers = Vec::with_capacity(of.len());
                for formula in of {
                    numbers.push(formula.value(value)?);
                }
                function.of(&numbers).ok_or_else(|| "a formula grows too large".to_owned())
            }
        }
    }
}

impl Operator {
    fn of(self, one: Fixed, other: Fixed) -> Option<Fixed> {
        let truth = |yes: bool| Some(if yes { Fixed::UNIT } else { Fixed::ZERO });
        match self {
            Operator::Plus => one.plus(other),
            Operator::Minus => one.minus(other),
            Operator::Times => one.times(other),
            Operator::Over => one.over(other),
            Operator::Modulo => one.modulo(other),
            Operator::Less => truth(one < other),
            Operator::AtMost => truth(one <= other),
            Operator::More => truth(one > other),
            Operator::AtLeast => truth(one >= other),
            Operator::Equal => truth(one == other),
            Operator::Other => truth(one != other),
            Operator::And => truth(one != Fixed::ZERO && other != Fixed::ZERO),
            Operator::Or => truth(one != Fixed::ZERO || other != Fixed::ZERO),
        }
    }
}

impl Function {
    fn of(self, numbers: &[Fixed]) -> Option<Fixed> {
        let first = *numbers.first()?;
        let below_zero = first < Fixed::ZERO;
        match self {
            Function::Min => numbers.iter().min().copied(),
            Function::Max => numbers.iter().max().copied(),
            Function::Floor => Some(first.floor()),
            Function::Ceil => Fixed::ZERO.minus(Fixed::ZERO.minus(first)?.floor()),
            Function::Round => Some(first.round(0)),
            Function::Abs => {
                if below_zero {
                    Fixed::ZERO.minus(first)
                } else {
                    Some(first)
                }
            }
        }
    }

    /// Least and most numbers it takes.
    fn takes(self) -> std::ops::RangeInclusive<usize> {
        if matches!(self, Function::Min | Function::Max) { 2..=8 } else { 1..=1 }
    }
}

struct Reader<'a, 'n> {
    rest: &'a str,
    name: &'n mut dyn FnMut(&str) -> Result<Of, String>,
    depth: u32,
    /// How many were read.
    operators: u32,
}

impl Reader<'_, '_> {
    fn level(&mut self, level: usize) -> Result<Formula, String> {
        let Some(operators) = LEVELS.get(level) else { return self.factor() };
        let mut left = self.level(level + 1)?;
        while let Some(operator) = self.operator(operators) {
            self.operators += 1;
            if self.operators > MOST {
                return Err(format!("the formula has more than {MOST} operators"));
            }
            let right = self.level(level + 1)?;
            left = Formula::Both(operator, Box::new((left, right)));
        }
        Ok(left)
    }

    fn operator(&mut self, operators: &[(&str, Operator)]) -> Option<Operator> {
        let rest = self.rest.trim_start();
        let (sign, operator) = operators.iter().find(|(sign, _)| {
            let word = sign.starts_with(char::is_alphabetic);
            rest.strip_prefix(sign).is_some_and(|after| !word || !after.starts_with(is_of_name))
        })?;
        self.rest = rest.get(sign.len()..)?;
        Some(*operator)
    }

    fn factor(&mut self) -> Result<Formula, String> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err("the formula has too many parentheses inside each other".to_owned());
        }
        let formula = self.shallow_factor();
        self.depth -= 1;
        formula
    }

    fn shallow_factor(&mut self) -> Result<Formula, String> {
        self.rest = self.rest.trim_start();
        if self.take("-") {
            let factor = self.factor()?;
            return Ok(Formula::Both(
                Operator::Minus,
                Box::new((Formula::Number(Fixed::ZERO), factor)),
            ));
        }
        if self.take("(") {
            let inner = self.level(0)?;
            return if self.take(")") {
                Ok(inner)
            } else {
                Err("`)` is missing in the formula".to_owned())
            };
        }
        let end = self.rest.find(|c| !is_of_name(c)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        if word.is_empty() {
            return Err(match rest.chars().next() {
                Some(c) => format!("a number or a name is missing in the formula before `{c}`"),
                None => "a number or a name is missing at the end of the formula".to_owned(),
            });
        }
        self.rest = rest;
        if word.starts_with(|c: char| c.is_ascii_digit()) {
            return Fixed::parse(word)
                .map(Formula::Number)
                .ok_or_else(|| format!("`{word}` is no number"));
        }
        match FUNCTIONS.iter().find(|(name, _)| *name == word) {
            Some((_, function)) if self.take("(") => self.call(word, *function),
            _ => (self.name)(word).map(Formula::Value),
        }
    }

    fn call(&mut self, word: &str, function: Function) -> Result<Formula, String> {
        let mut of = vec![self.level(0)?];
        while self.take(",") {
            of.push(self.level(0)?);
        }
        if !self.take(")") {
            return Err(format!("`)` is missing after `{word}(`"));
        }
        let takes = function.takes();
        if !takes.contains(&of.len()) {
            return Err(format!("`{word}` takes {} to {} numbers", takes.start(), takes.end()));
        }
        Ok(Formula::Call(function, of))
    }

    fn take(&mut self, sign: &str) -> bool {
        let taken = self.rest.trim_start().strip_prefix(sign);
        self.rest = taken.unwrap_or(self.rest);
        taken.is_some()
    }
}

/// Can this character be in a name or a number?
fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '.'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Result<String, String> {
        let formula = Formula::parse(text, &mut |name| match name {
            "price" => Ok(Of::Slot(0)),
            "order" => Ok(Of::Slot(1)),
            _ => Err(format!("`{name}` is unknown")),
        })?;
        let number = formula.value(&mut |of| {
            Ok(if of == Of::Slot(0) {
                Fixed::parse("19.90").unwrap()
            } else {
                Fixed::parse("7").unwrap()
            })
        })?;
        let mut out = String::new();
        number.write(None, &mut out);
        Ok(out)
    }

    #[test]
    fn formulas_are_worked_out_as_on_paper() {
        for (text, wanted) in [
            ("1 + 2 * 3", "7"),
            ("(1 + 2) * 3 - 4 - 5", "0"),
            ("price * 3", "59.7"),
            ("-price + -(-1)", "-18.9"),
            ("17 % 5 / 4", "0.5"),
            ("max(1, price, 3) - min(2, 1)", "18.9"),
            ("ceil(price) + floor(price) + round(price) + abs(-1)", "60"),
            ("price >= 19.90 and order == 7", "1"),
            ("price < 5 or order != 7", "0"),
            ("order<8", "1"),
        ] {
            assert_eq!(value(text).as_deref(), Ok(wanted), "{text}");
        }
    }

    #[test]
    fn what_is_no_formula_is_told() {
        for (text, part) in [
            ("1 +", "at the end"),
            ("(1", "`)` is missing"),
            ("1 2", "not understood at `2`"),
            ("nothing", "`nothing` is unknown"),
            ("min(1)", "takes 2 to 8"),
            ("1 + * 2", "before `*`"),
            ("1.2.3", "no number"),
            ("1 / 0", "divides by zero"),
        ] {
            let told = value(text).unwrap_err();
            assert!(told.contains(part), "{text}: {told}");
        }
        assert!(value(&"(".repeat(100)).unwrap_err().contains("inside each other"));
        assert!(value(&"-".repeat(100_000)).unwrap_err().contains("inside each other"));
        let long = format!("1{}", " + 1".repeat(200_000));
        assert!(value(&long).unwrap_err().contains("more than 200 operators"));
        assert_eq!(value(&long[..1 + 4 * 200]).as_deref(), Ok("201"));
    }
}
