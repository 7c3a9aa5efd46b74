//! CSV and TSV with a header: every row is a conversation, made by templates of its columns.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use minijinja::value::Value;

use crate::generate::draft::Said;
use crate::record::text::{QUOTE_BYTES, quote};

use super::columns::{Absent, Columns, Fault};
use super::known::{Known, listed};
use super::part::{Maker, Part, Talk, text, unusable};
use super::rows::{Row, Rows, named_delimiter};

/// Reads rows.
pub(super) struct Table {
    columns: Option<Arc<Columns>>,
    header: Vec<String>,
    rows: Rows,
    /// What is known of the columns, where no template says.
    known: Option<Known>,
    fields: Fields,
    /// What is wrong with the table as a whole.
    fault: Option<(u64, String)>,
    is_headed: bool,
}

impl Table {
    /// With the templates, or else the usual columns.
    pub(super) fn new(columns: Option<Arc<Columns>>, delimiter: Option<u8>) -> Table {
        Table {
            columns,
            header: Vec::new(),
            rows: Rows::new(delimiter),
            known: None,
            fields: Fields::default(),
            fault: None,
            is_headed: false,
        }
    }

    fn header(&mut self, row: &[u8]) -> Result<(), String> {
        let names = self.fields.of(text(row)?, self.rows.delimiter())?;
        self.header = names.iter().map(|name| name.trim().to_owned()).collect();
        match &self.columns {
            Some(columns) => match columns.missing(&self.header) {
                Some(missing) => Err(self.no_column(missing)),
                None => self.check_once(|name| columns.uses(name).then_some(name.to_owned())),
            },
            None => {
                let Some(known) = known_of(&self.header) else {
                    let names = listed(self.header.iter().map(String::as_str));
                    let way = "name them with --user '{{ ... }}' and --assistant '{{ ... }}'";
                    return Err(format!(
                        "no columns for question and answer are known; there are {names}; {way}"
                    ));
                };
                self.known = Some(known);
                self.check_once(|name| {
                    known.names().find(|known| known.eq_ignore_ascii_case(name)).map(str::to_owned)
                })
            }
        }
    }

    fn place(&self, name: &str) -> Option<usize> {
        self.header.iter().position(|column| column.eq_ignore_ascii_case(name))
    }

    fn no_column(&self, missing: &str) -> String {
        let names = listed(self.header.iter().map(String::as_str));
        format!("there is no column {}; there are {names}", quote(missing, QUOTE_BYTES))
    }

    /// Of two columns of one name nobody knows which is meant. `as_used`: the name by which a column is used, if it is.
    fn check_once(&self, as_used: impl Fn(&str) -> Option<String>) -> Result<(), String> {
        let mut there = HashSet::new();
        let mut is_second = |name: &String| as_used(name).is_some_and(|used| !there.insert(used));
        match self.header.iter().find(|name| is_second(name)) {
            Some(twice) => Err(format!("two columns are called {}", quote(twice, QUOTE_BYTES))),
            None => Ok(()),
        }
    }

    fn row(&mut self, Row { first, lines, fault }: Row, parts: &mut Vec<Part>) {
        let content = lines.strip_suffix(b"\n").unwrap_or(&lines);
        if content.trim_ascii().is_empty() {
            return;
        }
        if !self.is_headed {
            self.is_headed = true;
            let header = fault.map_or_else(|| self.header(content), Err);
            self.fault = header.err().map(|why| (first, why));
            return;
        }
        match fault.map_or_else(|| self.talk(content, first), Err) {
            Ok(talk) => parts.push(Part::Talk(talk)),
            Err(why) => parts.push(unusable(first, why, lines)),
        }
    }

    fn talk(&mut self, row: &[u8], line: u64) -> Result<Talk, String> {
        // A field may have lines.
        let row = match text(row)? {
            row if row.contains("\r\n") => Cow::Owned(row.replace("\r\n", "\n")),
            row => Cow::Borrowed(row),
        };
        let mut fields = std::mem::take(&mut self.fields);
        let talk = fields.of(&row, self.rows.delimiter()).and_then(|row| self.turns(row));
        self.fields = fields;
        Ok(Talk { said: talk?, line, ..Talk::default() })
    }

    fn turns(&self, fields: &csv::StringRecord) -> Result<Vec<Said>, String> {
        if fields.len() != self.header.len() {
            return Err(format!("{} fields, the header has {}", fields.len(), self.header.len()));
        }
        match (&self.columns, self.known) {
            (Some(columns), _) => {
                let values = fields.iter().map(Value::from);
                let row = self.header.iter().map(String::as_str).zip(values);
                let whole = || self.header.iter().cloned().zip(fields.iter().map(Into::into));
                let made = columns.turns(row, || whole().collect(), &Absent::default());
                turns(made, |missing| self.no_column(missing))
            }
            (None, Some(known)) => known.said(|name| {
                Ok(self.place(name).and_then(|at| fields.get(at)).unwrap_or_default())
            }),
            (None, None) => Err("no templates".to_owned()),
        }
    }
}

/// Takes rows apart. One reader takes them all: to make one takes longer than to read a row.
#[derive(Default)]
struct Fields {
    reader: Option<csv::Reader<std::io::Cursor<Vec<u8>>>>,
    record: csv::StringRecord,
}

impl Fields {
    /// The fields of a row, which ends where the text ends.
    fn of(&mut self, row: &str, delimiter: u8) -> Result<&csv::StringRecord, String> {
        let reader = self.reader.get_or_insert_with(|| {
            csv::ReaderBuilder::new()
                .buffer_capacity(1 << 12)
                .has_headers(false)
                .flexible(true)
                .delimiter(delimiter)
                .from_reader(std::io::Cursor::default())
        });
        // With its line feed the reader knows that the row is complete, and asks for no more, which would end it.
        let source = reader.get_mut();
        source.set_position(0);
        source.get_mut().clear();
        source.get_mut().extend_from_slice(row.as_bytes());
        source.get_mut().push(b'\n');
        self.record.clear();
        reader.read_record(&mut self.record).map_err(|error| error.to_string())?;
        Ok(&self.record)
    }
}

/// The two messages that templates made of a row, of which none may be empty. `missing` says that something is not in
/// the row.
pub(super) fn turns(
    made: Result<[String; 2], Fault>,
    missing: impl Fn(&str) -> String,
) -> Result<Vec<Said>, String> {
    let made = made.map_err(|fault| match fault {
        Fault::Missing(name) => missing(&name),
        Fault::Other(why) => why,
    });
    said(made?.map(|text| text.trim().to_owned()))
}

fn said([user, assistant]: [String; 2]) -> Result<Vec<Said>, String> {
    match (user.is_empty(), assistant.is_empty()) {
        (true, _) => Err("what the user says is empty".to_owned()),
        (_, true) => Err("what the assistant says is empty".to_owned()),
        _ => Ok(vec![Said::User(user), Said::Assistant(assistant)]),
    }
}

/// What is known of columns of these names.
fn known_of(header: &[String]) -> Option<Known> {
    Known::of(|wanted| header.iter().any(|column| column.eq_ignore_ascii_case(wanted)))
}

/// How sure it is that a document is a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sure {
    /// Its header has columns for question and answer, or its first line names what stands between fields.
    Yes,
    /// It begins with a header of different names, and a row of as many fields or nothing else.
    Perhaps,
}

/// Whether a document that begins so is a table; none: it is not, or that cannot be told.
pub(super) fn begins_table(start: &str) -> Option<Sure> {
    if start.lines().next().is_some_and(|line| named_delimiter(line.as_bytes()).is_some()) {
        return Some(Sure::Yes);
    }
    let mut rows = Rows::new(None);
    (1..).zip(start.lines()).for_each(|(number, line)| rows.push(number, line.as_bytes()));
    let mut fields = Fields::default();
    // A row without fields: there is none.
    let mut next = || loop {
        let Some(row) = rows.next() else { return rows.rest().is_none().then(Vec::new) };
        if row.fault.is_some() {
            return None;
        }
        let row = text(row.lines.strip_suffix(b"\n")?).ok()?.to_owned();
        if !row.trim().is_empty() {
            let fields = fields.of(&row, rows.delimiter()).ok()?;
            return Some(fields.iter().map(|field| field.trim().to_owned()).collect());
        }
    };
    let (header, row): (Vec<String>, Vec<String>) = (next()?, next()?);
    let names: HashSet<&String> = header.iter().filter(|name| !name.is_empty()).collect();
    let fits = row.is_empty() || row.len() == header.len();
    let is_table = header.len() > 1 && names.len() == header.len() && fits;
    is_table.then(|| if known_of(&header).is_some() { Sure::Yes } else { Sure::Perhaps })
}

impl Maker for Table {
    fn line(&mut self, number: u64, line: &[u8], parts: &mut Vec<Part>) {
        if let Some(delimiter) = named_delimiter(line).filter(|_| number == 1) {
            return self.rows.told(delimiter);
        }
        self.rows.push(number, line);
        while let Some(row) = self.rows.next() {
            self.row(row, parts);
        }
    }

    fn lost(&mut self, number: u64, parts: &mut Vec<Part>) -> bool {
        let row = self.rows.lost(number);
        let is_told = row.is_some();
        row.into_iter().for_each(|row| self.row(row, parts));
        is_told
    }

    fn trouble(&mut self) -> Option<(u64, String)> {
        self.fault.take()
    }

    fn end(&mut self, parts: &mut Vec<Part>) {
        while let Some(row) = self.rows.next().or_else(|| self.rows.rest()) {
            self.row(row, parts);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, columns: Option<[&str; 2]>) -> (Vec<String>, Option<String>) {
        let fault = |(line, why): (u64, String)| format!("line {line}: {why}");
        let columns =
            columns.map(|[user, assistant]| Arc::new(Columns::new(user, assistant).unwrap()));
        let mut table = Table::new(columns, None);
        let mut parts = Vec::new();
        for (number, line) in (1..).zip(text.split('\n')) {
            table.line(number, line.as_bytes(), &mut parts);
        }
        table.end(&mut parts);
        let told = |part: Part| match part {
            Part::WithoutText => String::new(),
            Part::Unusable { line, why, .. } => format!("{line}: {why}"),
            Part::Talk(Talk { said, line, .. }) => match said.as_slice() {
                [Said::User(user), Said::Assistant(assistant)] => {
                    format!("{line}: {user} | {assistant}")
                }
                other => panic!("{other:?}"),
            },
        };
        (parts.into_iter().map(told).collect(), table.fault.map(fault))
    }

    #[test]
    fn a_row_is_a_conversation() {
        let text = "id;Question;Answer\r\n1;a;\"b;\n\"\"c\"\"\"\r\n\n2;d\n3;e;\n4;5\" tall;x\n";
        let wanted = [
            "2: a | b;\n\"c\"",
            "5: 2 fields, the header has 3",
            "6: answer is empty",
            "7: 5\" tall | x",
        ];
        assert_eq!(read(text, None), (wanted.map(str::to_owned).to_vec(), None));
        let by_templates = read("a\tb c\n1\t2\n", Some(["{{ a }}", "{{ row['b c'] }}!"]));
        assert_eq!(by_templates.0, ["2: 1 | 2!"]);
    }

    #[test]
    fn what_stands_behind_a_carriage_return_is_not_lost() {
        let (told, _) = read("question,answer\r\na,b\rmore\r\nc,\"d\re\"\r\n", None);
        assert_eq!(told, ["2: a carriage return within the row, and not in quotes", "3: c | d\re"]);
    }

    #[test]
    fn the_first_line_may_name_the_separator() {
        let (told, _) = read(
            "sep=;\r\nquestion;answer, or more\r\na;b\r\n",
            Some(["{{ question }}", "{{ row['answer, or more'] }}"]),
        );
        assert_eq!(told, ["3: a | b"]);
        assert_eq!(read("sep=|\n\nquestion|answer\na;a;a|b\n", None).0, ["4: a;a;a | b"]);
        let mut table = Table::new(None, Some(b','));
        let mut parts = Vec::new();
        for (number, line) in [(1, "sep=;"), (2, "question,answer"), (3, "a;a,b")] {
            table.line(number, line.as_bytes(), &mut parts);
        }
        assert!(
            matches!(&parts[..], [Part::Talk(talk)] if talk.said[0] == Said::User("a;a".to_owned()))
        );
        assert_eq!(
            read("question,answer\nsep=;,b\nsep=;\n", None).0,
            ["2: sep=; | b", "3: 1 fields, the header has 2"]
        );
    }

    #[test]
    fn a_table_begins_with_a_header_and_a_row_that_fits() {
        for (start, wanted) in [
            ("Question,Answer\n\n\"a,\nb\",c\n", Some(Sure::Yes)),
            ("question;answer;x\na;b\n", None),
            ("question\tanswer\na\t\n", Some(Sure::Yes)),
            ("sep=;\n", Some(Sure::Yes)),
            ("a|b\n1|2", Some(Sure::Perhaps)),
            ("a,b\n\n", Some(Sure::Perhaps)),
            ("question,answer\n", Some(Sure::Yes)),
            ("question,answer\n\"a", None),
            ("a,a\n1,2\n", None),
            ("Dear Sir,\nwell,\n", None),
            ("a\nb\n", None),
            ("a,\"b\nc,d\n", None),
            ("", None),
        ] {
            assert_eq!(begins_table(start), wanted, "{start}");
        }
    }

    proptest::proptest! {
        #[test]
        fn rows_are_read_as_one_reader_would_read_all(
            rows in proptest::collection::vec("[a\", ]{0,12}", 1..6),
        ) {
            let mut fields = Fields::default();
            for row in rows {
                let text = format!("{row}\n");
                let mut one = Rows::new(Some(b','));
                one.push(1, row.as_bytes());
                let is_row = one.next().is_some_and(|row| row.fault.is_none());
                if row.trim().is_empty() || !is_row {
                    continue;
                }
                let mut reader =
                    csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
                let wanted = reader.records().next().unwrap().unwrap();
                proptest::prop_assert_eq!(fields.of(&row, b',').unwrap(), &wanted, "{}", row);
            }
        }
    }

    #[test]
    fn a_column_that_is_not_there_is_named_with_those_that_are() {
        let (_, fault) = read("x,y\n1,2\n", Some(["{{ x }}", "{{ z }}"]));
        assert_eq!(fault.unwrap(), "line 1: there is no column \"z\"; there are \"x\", \"y\"");
        let (_, fault) = read("x,y\n1,2\n", None);
        assert!(fault.unwrap().contains("there are \"x\", \"y\"; name them with --user"));
        for (header, columns) in
            [("answer,Question,question", None), ("x,z,x", Some(["{{ x }}", "{{ z }}"]))]
        {
            let fault = read(&format!("{header}\n1,2,3\n"), columns).1.unwrap();
            assert!(fault.starts_with("line 1: two columns are called"), "{fault}");
        }
        let (told, _) = read("Instruction,Input,Output\nSum,\"1\r\n2\",3\nGo,,ok\n", None);
        assert_eq!(told, ["2: Sum\n\n1\n2 | 3", "4: Go | ok"]);
        assert_eq!(read("n,question,answer,n\n1,2,3,4\n", None).0, ["2: 2 | 3"]);
    }
}
