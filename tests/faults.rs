//! Faults of the system, of archives and of data: the right answer or a clean error, never anything else.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};

use rustix::process::Signal;

use crate::util::{BAD, Done, EVERY, Folder, TOOLS, binary, good, kill, lines, validate};

mod archives;
mod hostile;
mod room;
mod signals;

/// Bytes as one gzip member.
pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Bytes as one zstd frame.
pub(crate) fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).unwrap()
}

/// Bytes as one xz stream.
pub(crate) fn xz(bytes: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    liblzma::read::XzEncoder::new(bytes, 1).read_to_end(&mut packed).unwrap();
    packed
}

/// A `tokenizer.json` that knows one word.
const TOKENIZER: &str = r#"{"version":"1.0","model":{"type":"WordLevel","vocab":{"Hi":0,"[UNK]":1},"unk_token":"[UNK]"}}"#;

/// A folder of a tool with an input that gives it something to write in every mode.
fn folder(tool: &str) -> Folder {
    let folder = Folder::of(tool);
    let padded = good("1").replace("}]}", r#","name":null}]}"#);
    // A record without messages can be measured.
    let bad = if tool == "chatml-stats" { "nope" } else { BAD };
    folder.put("in", lines(&[&good("1"), bad, &padded]));
    folder
}

/// Arguments with which a tool writes to standard output.
fn modes(tool: &str) -> &'static [&'static str] {
    match tool {
        "chatml-validate" => &[
            "in",
            "--fix in",
            "--diff in",
            "--check in",
            "--check --format json in",
            "--check --format sarif in",
        ],
        "chatml-stats" => &[
            "in",
            "--tokenizer none --format json in",
            "--tokenizer none --format html in",
            "--tokenizer none --pass --report /dev/null in",
            "--tokenizer none --partial in",
            "--tokenizer none --compare in in",
        ],
        _ => &[
            "in",
            "--near in",
            "--near --complete in",
            "--contain in",
            "--keep last in",
            "--count in",
            "--annotate /group in",
            "--emit-keys in",
            "--near --emit-keys=bands in",
            "--apply-removals /dev/null in",
        ],
    }
}

/// Arguments with which a tool answers, and reads nothing.
fn texts(tool: &str) -> &'static [&'static str] {
    match tool {
        "chatml-validate" => &[
            "--help",
            "-h",
            "--version",
            "--list-rules",
            "--list-profiles",
            "--explain B001",
            "--generate complete-bash",
        ],
        "chatml-stats" => &["--help", "-h", "--version", "--list-figures"],
        _ => &["--help", "-h", "--version", "--generate complete-bash"],
    }
}

/// The options of a tool that name a file to be written.
fn outputs(tool: &str) -> &'static [&'static str] {
    match tool {
        "chatml-validate" | "chatml-stats" => &["-o", "--rejects", "--report"],
        _ => &["-o", "--rejects", "--report", "--removed", "--clusters"],
    }
}

#[test]
fn output_that_cannot_be_written_is_trouble() {
    for tool in EVERY {
        let folder = folder(tool);
        for args in modes(tool).iter().chain(texts(tool)) {
            let full = format!("{tool}: standard output: write error: No space left on device\n");
            folder.shell(&format!("exec $TOOL {args} > /dev/full")).exits(2).says(&full);
            let closed = format!("{tool}: standard output: write error: Bad file descriptor\n");
            folder.shell(&format!("exec $TOOL {args} >&-")).exits(2).says(&closed);
        }
        for option in outputs(tool) {
            let done = folder.run(&["in", option, "/dev/full"], "");
            let full = format!("{tool}: /dev/full: write error: No space left on device\n");
            done.exits(2).says(&full);
        }
        folder.shell("ulimit -f 0; exec $TOOL in > out").exits(2).says("File too large");
    }
}

#[test]
fn a_closed_output_does_not_matter_where_nothing_is_written() {
    for tool in TOOLS {
        let folder = folder(tool);
        let wanted = folder.run(&["in"], "").stdout;
        folder.shell("exec $TOOL -o out in >&-").exits(1);
        assert_eq!(folder.get("out"), wanted);
        folder.shell("exec $TOOL --check -q in >&-").exits(1);
        folder.put("bad", lines(&[BAD]));
        folder.shell("exec $TOOL bad >&-").exits(1);
    }
}

/// Runs with a standard output that nobody reads.
fn unread(mut command: Command) -> Done {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let child = command.stdin(Stdio::null()).stdout(writer).stderr(Stdio::piped());
    let output = child.output().unwrap();
    let text = format!("{command:?}");
    Done::new(text, output)
}

#[test]
fn a_closed_pipe_is_a_silent_death() {
    for tool in EVERY {
        let folder = folder(tool);
        for args in modes(tool).iter().chain(texts(tool)) {
            let args: Vec<_> = args.split(' ').chain(["-q"]).collect();
            if args[..2] == ["--check", "in"] {
                continue; // writes nothing
            }
            let done = unread(folder.tool(&args));
            done.dies_of(Signal::PIPE.as_raw());
            assert_eq!(done.err(), "", "{done}");
        }
    }
    let folder = folder("chatml-validate");
    unread(folder.tool(&["--check", "in"])).dies_of(Signal::PIPE.as_raw());
}

#[test]
fn a_closed_pipe_is_told_where_the_signal_is_ignored() {
    for tool in EVERY {
        let folder = folder(tool);
        let mut command = Command::new("bash");
        command.current_dir(folder.path("")).args(["-c", "trap '' PIPE; exec \"$0\" in"]);
        command.arg(binary(tool));
        unread(command).exits(2).says("standard output: write error: Broken pipe\n");
    }
}

#[test]
fn a_closed_pipe_leaves_no_file_behind() {
    for tool in EVERY {
        let folder = folder(tool);
        let files = outputs(tool)[1..].iter().flat_map(|option| [*option, &option[2..]]);
        let done = unread(folder.tool(&["in"].into_iter().chain(files).collect::<Vec<_>>()));
        done.dies_of(Signal::PIPE.as_raw());
        assert_eq!(folder.names(), ["in"]);
    }
}

#[test]
fn records_come_out_also_where_messages_cannot() {
    for tool in EVERY {
        let folder = folder(tool);
        let wanted = folder.run(&["in"], "").stdout;
        for script in ["exec $TOOL in 2> /dev/full", "exec $TOOL in 2>&-"] {
            folder.shell(script).exits(1).writes(&wanted);
        }
        for script in ["exec $TOOL --no-such 2> /dev/full", "exec $TOOL --no-such 2>&-"] {
            folder.shell(script).exits(2).writes("");
        }
    }
}

#[test]
fn input_that_cannot_be_read_is_trouble() {
    for tool in EVERY {
        let folder = folder(tool);
        folder.shell("exec $TOOL <&-").exits(2).says("<stdin>: read error: Bad file descriptor\n");
        folder.shell("exec $TOOL in <&-").exits(1);
        folder.shell("exec $TOOL < .").exits(2).says("<stdin>: cannot open: Is a directory\n");
        let mut files = vec![vec![]];
        if tool == "chatml-dedup" {
            let others = ["--against", "--decontaminate", "--apply-removals"];
            files.extend(others.map(|option| vec!["in", option]));
        }
        for before in files {
            let told = |name: &str, text: &str| {
                let done = folder.run(&[&before[..], &[name]].concat(), "");
                done.exits(2).writes("").says(&format!("{tool}: {name}: {text}\n"));
            };
            told(".", "cannot open: Is a directory");
            told("in/x", "cannot open: Not a directory");
            told("missing", "cannot open: No such file or directory");
            told("/proc/self/mem", "read error at byte 0: Input/output error");
            folder.run(&[&before[..], &[""]].concat(), "").exits(2);
        }
        use std::os::unix::fs::PermissionsExt as _;
        let path = folder.put("secret", "");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).unwrap();
        if File::open(&path).is_err() {
            folder.run(&["secret"], "").exits(2).says("secret: cannot open: Permission denied\n");
        }
    }
}

#[test]
fn an_output_that_cannot_be_made_is_told_before_anything_is_read() {
    for tool in EVERY {
        let folder = folder(tool);
        for option in outputs(tool) {
            let done = folder.run(&["in", option, "no/such"], "");
            done.exits(2).writes("").says("no/such: cannot create: No such file or directory\n");
            let done = folder.run(&["in", option, "."], "");
            done.exits(2).writes("").says(".: cannot create: Is a directory\n");
        }
        assert_eq!(folder.names(), ["in"]);
    }
}

#[test]
fn an_output_is_never_an_input_or_another_output() {
    for tool in EVERY {
        let folder = folder(tool);
        let text = folder.get("in");
        std::os::unix::fs::symlink("in", folder.path("soft")).unwrap();
        std::fs::hard_link(folder.path("in"), folder.path("hard")).unwrap();
        for option in outputs(tool) {
            for name in ["in", "./in", "soft", "hard"] {
                let done = folder.run(&["in", option, name], "");
                done.exits(2).writes("").says("is also the input in; write to another file");
                if tool == "chatml-dedup" {
                    for other in ["--against", "--decontaminate"] {
                        let done = folder.run(&["/dev/null", other, "in", option, name], "");
                        done.exits(2).writes("").says("is also the input in");
                    }
                }
            }
            for other in outputs(tool).iter().filter(|other| *other != option) {
                let done = folder.run(&["in", option, "x", other, "./x"], "");
                done.exits(2).writes("").says("is also the output");
            }
        }
        folder.shell("$TOOL -o in < in").exits(2).says("is also the input <stdin>");
        folder.shell("$TOOL in >> in").exits(2).says("standard output: is also the input in");
        assert_eq!(folder.get("in"), text);
        assert_eq!(folder.names(), ["hard", "in", "soft"]);
    }
}

#[test]
fn an_output_is_no_file_that_is_read_beside_the_inputs() {
    for tool in TOOLS {
        let folder = folder(tool);
        folder.put("list", b"in\0");
        for option in outputs(tool) {
            let done = folder.run(&["--files0-from", "list", option, "list"], "");
            done.exits(2).writes("").says("is also the input list; write to another file");
        }
        assert_eq!(folder.get("list"), b"in\0");
    }
    let folder = folder("chatml-validate");
    folder.put("tokenizer.json", TOKENIZER);
    for option in outputs("chatml-validate") {
        for name in ["tokenizer.json", "."] {
            let args = ["--max-tokens=9", "--tokenizer", name, "in", option, "tokenizer.json"];
            folder.run(&args, "").exits(2).writes("").says("tokenizer.json; write to another file");
        }
    }
    assert_eq!(folder.get("tokenizer.json"), TOKENIZER.as_bytes());
}

#[test]
fn an_older_output_survives_trouble() {
    for tool in EVERY {
        let folder = folder(tool);
        folder.put("out", "old");
        folder.put("cut.gz", &gzip(&folder.get("in"))[..40]);
        let args = ["in", "cut.gz", "-o", "out", "--rejects", "new", "--report", "report"];
        folder.run(&args, "").exits(2).says("cut.gz: damaged gzip data at compressed byte 40: ");
        assert_eq!(folder.get("out"), b"old");
        assert_eq!(folder.names(), ["cut.gz", "in", "out"]);
    }
}

#[test]
fn what_was_found_before_trouble_is_told() {
    for (tool, finding) in [
        ("chatml-validate", "in:2:13: error[S003]"),
        ("chatml-dedup", "in:2:13: messages is empty"),
    ] {
        let folder = folder(tool);
        folder.put("cut.gz", &gzip(&folder.get("in"))[..40]);
        let done = folder.run(&["in", "cut.gz"], "");
        done.exits(2).writes(folder.run(&["in"], "").stdout).says(finding);
    }
    let folder = folder("chatml-validate");
    folder.put("cut.gz", &gzip(&folder.get("in"))[..40]);
    let done = folder.run(&["--check", "in", "cut.gz"], "");
    assert!(done.exits(2).out().starts_with("in:2:13: error[S003]"), "{done}");
    let done = folder.run(&["--check", "--format", "sarif", "in", "cut.gz"], "");
    let document: serde_json::Value = serde_json::from_slice(&done.exits(2).stdout).unwrap();
    let run = &document["runs"][0];
    assert_eq!(run["results"][0]["ruleId"], "S003");
    assert_eq!(run["invocations"][0]["executionSuccessful"], false);
}

#[test]
fn depth_is_limited_at_one_place() {
    for (open, close, at_most) in [("[", "]", "B006"), ("{\"a\":", "}", "S001")] {
        for depth in [127usize, 128, 129, 1024, 1025, 100_000, 1_000_000] {
            let inner = if open == "[" { "" } else { "1" };
            let deep = format!("{}{inner}{}", open.repeat(depth), close.repeat(depth));
            let text = lines(&[&good("1"), &deep, &open.repeat(depth), &good("2")]);
            let done = validate(&[], text);
            done.exits(1).writes(lines(&[good("1"), good("2")]));
            let (code, cut) = if depth > 128 { ("B016", "B016") } else { (at_most, "B004") };
            done.says(&format!(
                ":2:{}: error[{code}]",
                match code {
                    "B016" => 128 * open.len() + 1,
                    _ => 1,
                }
            ));
            done.says(":3:").says(&format!("error[{cut}]"));
        }
    }
}

#[test]
fn odd_characters_are_told_and_the_next_line_is_judged() {
    let with = |text: &str| good("x").replace("\"x\"", text);
    for (line, code) in [
        (with(r#""\ud800""#), "B009"),
        (with(r#""\udc00""#), "B009"),
        (with(r#""\udc00\ud800""#), "B009"),
        (with(r#""\u0000""#), "B014"),
        (with("\"\0\""), "B004"),
        (good("1") + "\0", "B004"),
        ("\0".repeat(1 << 20), "B004"),
        (with(r#""\x""#), "B004"),
    ] {
        let done = validate(&["--error", "B014"], lines(&[&good("1"), &line, &good("2")]));
        done.exits(1).writes(lines(&[good("1"), good("2")])).says(&format!("error[{code}]"));
    }
}

#[test]
fn numbers_pass_as_they_are() {
    let huge = "9".repeat(1_000_000);
    let mut numbers = vec![
        "18446744073709551615",
        "18446744073709551616",
        "-9223372036854775809",
        "12345678901234567890",
        "1e400",
        "1e-400",
        "-0",
        "1.10",
        "1E+2",
        &huge,
    ];
    let tails: Vec<String> =
        [1, 8, 13, 40].map(|digits| format!("0.{}", "7".repeat(digits))).into();
    numbers.extend(tails.iter().map(String::as_str));
    let mut text = String::new();
    for number in numbers {
        for shift in if number.len() < 50 { 0..16 } else { 0..1 } {
            let pad = "p".repeat(shift);
            text += &format!("{{\"{pad}\":{number},{}\n", &good("x")[1..]);
        }
    }
    validate(&["-q"], &text).exits(0).writes(&text);
}

#[test]
fn lines_of_every_size_pass() {
    let line = |bytes: usize| good(&"a".repeat(bytes - good("").len()));
    let sizes = [100, 65_535, 65_536, 65_537, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3 << 20];
    let text: String = sizes.iter().map(|size| line(*size) + "\n").collect();
    for (tool, more) in [("chatml-validate", &["--ignore", "B015"][..]), ("chatml-dedup", &[])] {
        let folder = Folder::of(tool);
        for last in [0, 5_000_000] {
            let text = if last == 0 { text.clone() } else { text.clone() + &line(last) };
            folder.put("in", &text);
            let wanted = text.trim_end().to_owned() + "\n";
            for args in [&["-j1", "in"][..], &["-j4", "in"], &["-j1"], &["-j4"]] {
                let done = folder.run(&[more, args].concat(), &text);
                assert!(done.exits(0).stdout == wanted.as_bytes());
                // The newline that the last line lacks is told, also when the line is longer than a block.
                let told = last > 0 && tool == "chatml-validate";
                assert_eq!(done.err().contains("B011"), told, "{}", done.err());
            }
        }
    }
}

#[test]
fn many_keys_and_many_messages_are_judged() {
    let keys: String = (0..20_000).map(|key| format!("\"k{key}\":1,")).collect();
    let equal = "\"k\":1,".repeat(20_000);
    let turns =
        r#"{"role":"user","content":"a"},{"role":"assistant","content":"b"},"#.repeat(20_000);
    let text = lines(&[
        good("1").replacen('{', &format!("{{{keys}"), 1),
        good("1").replacen('{', &format!("{{{equal}"), 1),
        good("1").replacen('[', &format!("[{turns}"), 1),
    ]);
    let done = validate(&[], &text);
    done.exits(1).says(":2:").says("error[B007]");
    assert_eq!(done.stdout.iter().filter(|b| **b == b'\n').count(), 2);
}

#[test]
fn a_writer_of_single_bytes_is_understood() {
    for tool in TOOLS {
        let folder = Folder::of(tool);
        let text = lines(&[&good("é1"), BAD, "", &good("2")]) + &good("3");
        let mut child = folder.tool(&["-q"]);
        let mut child = child.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut pipe = child.stdin.take().unwrap();
        for byte in text.as_bytes() {
            pipe.write_all(&[*byte]).unwrap();
        }
        drop(pipe);
        let output = child.wait_with_output().unwrap();
        let done = Done::new("bytes".to_owned(), output);
        done.exits(1).writes(lines(&[good("é1"), good("2"), good("3")]));
    }
}

#[test]
fn a_line_comes_out_before_the_next_one_is_sent() {
    for tool in TOOLS {
        for (nonblocking, packed) in [(false, false), (true, false), (false, true)] {
            let folder = Folder::of(tool);
            let (reader, mut writer) = std::io::pipe().unwrap();
            if nonblocking {
                rustix::fs::fcntl_setfl(&reader, rustix::fs::OFlags::NONBLOCK).unwrap();
            }
            let mut command = folder.tool(&["-q", "--rejects", "/dev/null"]);
            let mut child = command.stdin(reader).stdout(Stdio::piped()).spawn().unwrap();
            drop(command);
            let mut out = child.stdout.take().unwrap();
            let id = child.id();
            let watch = std::thread::spawn(move || watchdog(id));
            for number in 0..4 {
                let line = lines(&[good(&number.to_string())]);
                let bytes = if packed { gzip(line.as_bytes()) } else { line.clone().into_bytes() };
                writer.write_all(&bytes).unwrap();
                if !packed {
                    writer.write_all(b"{\"messages").unwrap(); // the beginning of another line
                }
                let mut got = vec![0; line.len()];
                out.read_exact(&mut got).unwrap();
                assert_eq!(got, line.as_bytes());
                if !packed {
                    writer.write_all(b"\":[]}\n").unwrap();
                }
            }
            drop(writer);
            assert_eq!(child.wait().unwrap().code(), Some(i32::from(!packed)));
            watch.thread().unpark();
            watch.join().unwrap();
        }
    }
}

/// Kills a process that hangs; to be unparked when it has ended.
fn watchdog(id: u32) {
    let start = std::time::Instant::now();
    std::thread::park_timeout(std::time::Duration::from_secs(20));
    if start.elapsed().as_secs() >= 20 {
        kill(id, Signal::KILL);
    }
}
