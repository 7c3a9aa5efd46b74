//! The rows of CSV: lines, and more than one where a field in quotes has line feeds.

use memchr::{memchr, memchr_iter};

use super::part::too_long;

/// Bytes of a row beyond which it is given up: most likely a quote is open that nobody closed.
const MOST_BYTES: usize = 4 << 20;

/// Bytes that are read again behind quotes that nobody closed, beside so many times what was read at all: a document
/// that is nothing but such quotes would else be read again for each of them.
const AGAIN: (u64, u64) = (16 << 20, 4);

/// What a quote is that opens a row of several lines and closes before other text.
const STRAY: &str = "a quote that is opened here closes before other text";

/// Some lines of a document.
#[derive(Debug, PartialEq)]
pub(super) struct Row {
    /// The number of the first line.
    pub first: u64,
    /// The lines with their line feeds.
    pub lines: Vec<u8>,
    /// Why they are no row, if they are none.
    pub fault: Option<String>,
}

/// Finds rows. A quote that nobody closes takes no rows behind it with it: only its line is given up.
pub(super) struct Rows {
    delimiter: Option<u8>,
    /// Lines that are no complete row yet: from `start` on, up to `end` looked at.
    lines: Vec<u8>,
    start: usize,
    end: usize,
    /// The number of the line at `start`.
    first: u64,
    field: Field,
    /// A quote of the row is closed in the middle of a field.
    is_torn: bool,
    /// A carriage return stands in the row where it is not quoted, and not at the end of a line.
    has_return: bool,
    /// Bytes that were read, and that were looked at again.
    read: u64,
    again: u64,
}

/// Where in a field a row has come to.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Field {
    Start,
    Bare,
    Quoted,
    /// Behind a quote within quotes: the end of the field, or the first of two that stand for one.
    Closing,
}

impl Rows {
    /// With this character between fields, or the one that the first line has.
    pub(super) fn new(delimiter: Option<u8>) -> Rows {
        Rows {
            delimiter,
            lines: Vec::new(),
            start: 0,
            end: 0,
            first: 1,
            field: Field::Start,
            is_torn: false,
            has_return: false,
            read: 0,
            again: 0,
        }
    }

    /// The first line of the document names the character between fields, which counts if nobody else did.
    pub(super) fn told(&mut self, delimiter: u8) {
        self.delimiter.get_or_insert(delimiter);
    }

    /// The character between fields.
    pub(super) fn delimiter(&self) -> u8 {
        self.delimiter.unwrap_or(b',')
    }

    /// Takes the next line, without its line feed.
    pub(super) fn push(&mut self, number: u64, line: &[u8]) {
        if self.start == self.lines.len() {
            self.lines.clear();
            (self.start, self.end, self.first) = (0, 0, number);
        }
        self.lines.extend_from_slice(line);
        self.lines.push(b'\n');
        self.read += line.len() as u64 + 1;
    }

    /// The next row that is complete; none: that takes more lines.
    pub(super) fn next(&mut self) -> Option<Row> {
        while let Some(length) = memchr(b'\n', &self.lines[self.end..]) {
            let (from, to) = (self.end, self.end + length);
            self.end = to + 1;
            if self.delimiter.is_none() && length > 0 {
                self.delimiter = Some(most_frequent_delimiter(&self.lines[from..to]));
            }
            let is_whole = self.ends_row(from, to);
            if is_whole && (!self.is_torn || from == self.start) {
                let fault = match (self.has_return, self.is_torn) {
                    (true, _) => Some("a carriage return within the row, and not in quotes"),
                    (_, true) => {
                        Some("a quote closes before other text; one within quotes is written twice")
                    }
                    _ => None,
                };
                return Some(self.take(self.end, fault.map(str::to_owned)));
            }
            if is_whole {
                return Some(self.give_up_line(STRAY));
            }
            if self.end - self.start > MOST_BYTES {
                let why = format!("a quote is open for more than {} MiB", MOST_BYTES >> 20);
                return Some(self.give_up_line(&why));
            }
        }
        None
    }

    /// There are no more lines: what cannot be completed. Behind it there may be rows again.
    pub(super) fn rest(&mut self) -> Option<Row> {
        (self.start < self.lines.len())
            .then(|| self.give_up_line("a quote that is opened here is never closed"))
    }

    /// A line cannot be read: the row that it belongs to, if one is open.
    pub(super) fn lost(&mut self, number: u64) -> Option<Row> {
        (self.start < self.lines.len()).then(|| self.take(self.lines.len(), Some(too_long(number))))
    }

    /// Follows quotes through a line, as the reader of fields will. True: the row ends with it.
    fn ends_row(&mut self, from: usize, to: usize) -> bool {
        let delimiter = self.delimiter();
        let line = &self.lines[from..to];
        for (at, byte) in line.iter().enumerate() {
            let is_last = at + 1 == line.len();
            self.has_return |= *byte == b'\r' && self.field != Field::Quoted && !is_last;
            self.field = match (self.field, *byte) {
                (Field::Start, b'"') | (Field::Closing, b'"') => Field::Quoted,
                (Field::Quoted, b'"') => Field::Closing,
                (Field::Quoted, _) => Field::Quoted,
                (_, byte) if byte == delimiter => Field::Start,
                (Field::Closing, byte) => {
                    self.is_torn |= !(byte == b'\r' && is_last);
                    Field::Bare
                }
                _ => Field::Bare,
            };
        }
        self.field != Field::Quoted
    }

    /// The lines up to here; what follows is another row.
    fn take(&mut self, end: usize, fault: Option<String>) -> Row {
        let lines = self.lines[self.start..end].to_vec();
        let first = self.first;
        self.first += count(&lines);
        (self.start, self.end) = (end, end);
        (self.field, self.is_torn, self.has_return) = (Field::Start, false, false);
        Row { first, lines, fault }
    }

    /// The first line of what is being read, whose quote is no quote. What stands behind it is looked at again.
    fn give_up_line(&mut self, why: &str) -> Row {
        let read = &self.lines[self.start..self.end];
        self.again += read.len() as u64;
        let (most, times) = AGAIN;
        let length = match self.again > self.read.saturating_mul(times).saturating_add(most) {
            true => read.len(),
            false => memchr(b'\n', read).map_or(read.len(), |at| at + 1),
        };
        let why = match count(&read[..length]) {
            0 | 1 => why.to_owned(),
            lines => format!("{why}, and so in others of the {lines} lines from here"),
        };
        self.take(self.start + length, Some(why))
    }
}

fn count(lines: &[u8]) -> u64 {
    memchr_iter(b'\n', lines).count() as u64
}

/// The character between fields that a first line names, as `sep=;` does for Excel.
pub(super) fn named_delimiter(line: &[u8]) -> Option<u8> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let line = line.strip_prefix(b"\"").and_then(|line| line.strip_suffix(b"\"")).unwrap_or(line);
    let (name, delimiter) = line.split_at_checked(b"sep=".len())?;
    let [delimiter] = delimiter else { return None };
    let is_sign = delimiter.is_ascii_punctuation() && *delimiter != b'"' || *delimiter == b'\t';
    (name.eq_ignore_ascii_case(b"sep=") && is_sign).then_some(*delimiter)
}

/// The character between fields: of the usual ones that which stands most often outside of quotes.
fn most_frequent_delimiter(header: &[u8]) -> u8 {
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0), (b'|', 0)];
    let mut is_quoted = false;
    for byte in header {
        is_quoted ^= *byte == b'"';
        for (delimiter, count) in &mut counts {
            *count += usize::from(byte == delimiter && !is_quoted);
        }
    }
    // The first of equal ones.
    counts.iter().rev().max_by_key(|(_, count)| *count).map_or(b',', |(delimiter, _)| *delimiter)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> (Vec<Row>, Rows) {
        let mut rows = Rows::new(Some(b','));
        let mut out = Vec::new();
        for (number, line) in (1..).zip(text.lines()) {
            rows.push(number, line.as_bytes());
            out.extend(std::iter::from_fn(|| rows.next()));
        }
        while let Some(row) = rows.rest() {
            out.push(row);
            out.extend(std::iter::from_fn(|| rows.next()));
        }
        (out, rows)
    }

    #[test]
    fn an_open_quote_takes_no_rows_behind_it() {
        let never = "a quote that is opened here is never closed";
        let torn = "a quote closes before other text; one within quotes is written twice";
        let table = [
            ("c,\"d\ne,f\n", vec![(1, Some(never)), (2, None)]),
            ("c,\"d\n\"e,f", vec![(1, Some(STRAY)), (2, Some(never))]),
            ("c,\"d\ne,f\ng,\"h\"\ni,j\n", vec![(1, Some(STRAY)), (2, None), (3, None), (4, None)]),
            ("c,\"d \"e\" f\"\ng,h\n", vec![(1, Some(torn)), (2, None)]),
            ("c,\"d\n\ne\"\r\ng,h\n", vec![(1, None), (4, None)]),
        ];
        for (text, wanted) in table {
            let (rows, _) = all(text);
            let told: Vec<_> = rows.iter().map(|row| (row.first, row.fault.as_deref())).collect();
            assert_eq!(told, wanted, "{text}");
        }
    }

    #[test]
    fn a_first_line_may_name_what_stands_between_fields() {
        let table: [(&[u8], Option<u8>); 8] = [
            (b"sep=;\r", Some(b';')),
            (b"SEP=\t", Some(b'\t')),
            (b"\"sep=,\"", Some(b',')),
            (b"sep=", None),
            (b"sep=a", None),
            (b"sep=;;", None),
            (b"sep=\"", None),
            (b"set=;", None),
        ];
        for (line, wanted) in table {
            assert_eq!(named_delimiter(line), wanted, "{}", line.escape_ascii());
        }
    }

    #[test]
    fn a_line_that_is_lost_takes_the_row_that_it_belongs_to() {
        let mut rows = Rows::new(None);
        rows.push(1, b"a,\"b");
        assert_eq!(rows.next(), None);
        let fault = rows.lost(2).and_then(|row| row.fault);
        assert_eq!(fault.as_deref(), Some(&*too_long(2)));
        rows.push(3, b"c,d");
        assert_eq!(rows.next().map(|row| (row.first, row.fault)), Some((3, None)));
        assert_eq!((rows.lost(4), rows.rest()), (None, None));
    }

    proptest::proptest! {
        #[test]
        fn no_line_is_lost_or_read_again_without_end(
            lines in proptest::collection::vec("[a\",\r]{0,8}", 0..40),
            times in 1_usize..20,
        ) {
            let text = format!("{}\n", lines.join("\n")).repeat(times);
            let (rows, state) = all(&text);
            let whole: Vec<u8> = rows.iter().flat_map(|row| row.lines.clone()).collect();
            let wanted: String = text.lines().map(|line| format!("{line}\n")).collect();
            proptest::prop_assert_eq!(String::from_utf8(whole).unwrap(), wanted);
            let mut first = 1;
            for row in &rows {
                proptest::prop_assert_eq!(row.first, first);
                first += count(&row.lines);
            }
            let (most, times) = AGAIN;
            proptest::prop_assert!(state.again <= times * state.read + most + MOST_BYTES as u64);
        }
    }
}
