//! Running a tool as a process: a temporary folder for each test, streams, a status, and an end in any case.

use std::ffi::OsStr;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

use serde_json::Value;

/// How long a process may take before it counts as hung.
const PATIENCE: Duration = Duration::from_secs(20);

/// A valid record; `name` tells one from another.
pub(crate) fn good(name: &str) -> String {
    format!(
        r#"{{"messages":[{{"role":"user","content":"{name}"}},{{"role":"assistant","content":"Yes"}}]}}"#
    )
}

/// Lines, each with its newline.
pub(crate) fn lines<T: AsRef<str>>(lines: &[T]) -> String {
    lines.iter().map(|line| format!("{}\n", line.as_ref())).collect()
}

/// A record with no message in it: an error, S003.
pub(crate) const BAD: &str = r#"{"messages":[]}"#;

/// The tools that are filters, for what all of them promise.
pub(crate) const TOOLS: [&str; 2] = ["chatml-validate", "chatml-dedup"];

/// Every tool, for what all promise whether or not records come out.
pub(crate) const EVERY: [&str; 3] = ["chatml-validate", "chatml-dedup", "chatml-stats"];

/// Where the binary of a tool is.
pub(crate) fn binary(tool: &str) -> &'static str {
    match tool {
        "chatml-validate" => env!("CARGO_BIN_EXE_chatml-validate"),
        "chatml-dedup" => env!("CARGO_BIN_EXE_chatml-dedup"),
        "chatml-split" => env!("CARGO_BIN_EXE_chatml-split"),
        "chatml-stats" => env!("CARGO_BIN_EXE_chatml-stats"),
        "chatml-gen" => env!("CARGO_BIN_EXE_chatml-gen"),
        _ => panic!("no tool {tool}"),
    }
}

/// A temporary folder in which a tool runs.
pub(crate) struct Folder {
    folder: tempfile::TempDir,
    tool: &'static str,
}

impl Folder {
    /// An empty one, for chatml-validate.
    pub(crate) fn new() -> Folder {
        Folder::of("chatml-validate")
    }

    /// An empty one, for a tool.
    pub(crate) fn of(tool: &str) -> Folder {
        Folder { folder: tempfile::tempdir().unwrap(), tool: binary(tool) }
    }

    /// The path of a file in it.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file.
    pub(crate) fn put(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// Reads a file.
    pub(crate) fn get(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    /// Reads a file of JSON.
    pub(crate) fn json(&self, name: &str) -> Value {
        serde_json::from_slice(&self.get(name)).unwrap()
    }

    /// The names of all files in it, sorted.
    pub(crate) fn names(&self) -> Vec<String> {
        let names = std::fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<_> =
            names.map(|file| file.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// The tool as a command that runs here, with an environment that leaves it alone.
    pub(crate) fn tool<S: AsRef<OsStr>>(&self, args: &[S]) -> Command {
        let mut command = self.command(self.tool);
        command.args(args);
        command
    }

    /// The tool with the default action for signals, whatever started the tests ignores: a shell does
    /// so with SIGINT in the background, nohup with SIGHUP.
    pub(crate) fn killable<S: AsRef<OsStr>>(&self, args: &[S]) -> Command {
        let mut command = self.command("env");
        command.arg("--default-signal=INT,TERM,HUP").arg(self.tool);
        command.args(args);
        command
    }

    /// A shell script that runs here; `$TOOL` is the tool.
    pub(crate) fn shell(&self, script: &str) -> Done {
        let mut command = self.command("bash");
        command.arg("-c").arg(script).env("TOOL", self.tool);
        run(command, b"")
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.folder.path());
        for name in [
            "CHATML_JOBS",
            "CHATML_TEST_BLOCK",
            "CHATML_TEST_LONG",
            "NO_COLOR",
            "TERM",
            "RUST_BACKTRACE",
        ] {
            command.env_remove(name);
        }
        command
    }

    /// Runs the tool to its end.
    pub(crate) fn run(&self, args: &[&str], stdin: impl AsRef<[u8]>) -> Done {
        run(self.tool(args), stdin)
    }
}

/// Runs chatml-validate in a folder of its own.
pub(crate) fn validate(args: &[&str], stdin: impl AsRef<[u8]>) -> Done {
    Folder::new().run(args, stdin)
}

/// Runs chatml-dedup in a folder of its own.
pub(crate) fn dedup(args: &[&str], stdin: impl AsRef<[u8]>) -> Done {
    Folder::of("chatml-dedup").run(args, stdin)
}

/// Runs chatml-stats in a folder of its own.
pub(crate) fn stats(args: &[&str], stdin: impl AsRef<[u8]>) -> Done {
    Folder::of("chatml-stats").run(args, stdin)
}

/// Runs a command with these bytes on standard input to its end. One that takes too long is killed.
pub(crate) fn run(mut command: Command, stdin: impl AsRef<[u8]>) -> Done {
    let (shown, stdin) = (format!("{command:?}"), stdin.as_ref());
    let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = pipes.spawn().unwrap();
    let mut pipe = child.stdin.take().unwrap();
    let (id, (ended, end)) = (child.id(), std::sync::mpsc::channel::<()>());
    let (status, stdout, stderr, hung) = std::thread::scope(|scope| {
        scope.spawn(move || {
            let _ = pipe.write_all(stdin); // who does not read it need not
        });
        let watch = scope.spawn(move || {
            let hung = end.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout);
            if hung {
                kill(id, rustix::process::Signal::KILL);
            }
            hung
        });
        let output = child.wait_with_output().unwrap();
        drop(ended);
        (output.status, output.stdout, output.stderr, watch.join().unwrap())
    });
    let done = Done { shown, status, stdout, stderr };
    assert!(!hung, "hangs: {done}");
    done
}

/// Sends a signal to a process.
pub(crate) fn kill(id: u32, signal: rustix::process::Signal) {
    let id = rustix::process::Pid::from_raw(id as i32).unwrap();
    let _ = rustix::process::kill_process(id, signal); // it may have ended
}

/// A process that has ended. Shown, it says all that is known of it.
pub(crate) struct Done {
    shown: String,
    pub(crate) status: ExitStatus,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
}

impl std::fmt::Display for Done {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let cut = |bytes: &[u8]| bytes[..bytes.len().min(4000)].escape_ascii().to_string();
        let text = |bytes: &[u8]| cut(bytes).replace("\\n", "\n").replace("\\\"", "\"");
        writeln!(f, "{}\n{}", self.shown, self.status)?;
        writeln!(
            f,
            "--- stdout ---\n{}\n--- stderr ---\n{}",
            text(&self.stdout),
            text(&self.stderr)
        )
    }
}

impl Done {
    /// What a command gave; `shown` says which.
    pub(crate) fn new(shown: String, output: std::process::Output) -> Done {
        Done { shown, status: output.status, stdout: output.stdout, stderr: output.stderr }
    }

    /// Ended with this status and without a panic.
    #[track_caller]
    pub(crate) fn exits(&self, status: i32) -> &Done {
        assert_eq!(self.status.code(), Some(status), "{self}");
        let fault = self.err().contains("panicked") || self.err().contains("this is a fault");
        assert!(!fault, "{self}");
        self
    }

    /// Died of this signal.
    #[track_caller]
    pub(crate) fn dies_of(&self, signal: i32) -> &Done {
        use std::os::unix::process::ExitStatusExt as _;
        assert_eq!(self.status.signal(), Some(signal), "{self}");
        self
    }

    /// Wrote exactly this to standard output.
    #[track_caller]
    pub(crate) fn writes(&self, stdout: impl AsRef<[u8]>) -> &Done {
        let wanted = stdout.as_ref().escape_ascii().to_string();
        assert_eq!(self.stdout.escape_ascii().to_string(), wanted, "{self}");
        self
    }

    /// Says this on standard error.
    #[track_caller]
    pub(crate) fn says(&self, text: &str) -> &Done {
        assert!(self.err().contains(text), "wanted {text:?} in:\n{self}");
        self
    }

    /// Does not say this anywhere.
    #[track_caller]
    pub(crate) fn never_says(&self, text: &str) -> &Done {
        assert!(!self.err().contains(text) && !self.out().contains(text), "{text:?} in:\n{self}");
        self
    }

    /// Standard output.
    pub(crate) fn out(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// Standard error.
    pub(crate) fn err(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }

    /// Standard output as JSON, one value a line.
    #[track_caller]
    pub(crate) fn json(&self) -> Vec<Value> {
        let line =
            |line: &str| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {self}"));
        self.out().lines().map(line).collect()
    }

    /// The findings that were written with `--check --format json`, as `CODE LINE:COLUMN`.
    #[track_caller]
    pub(crate) fn places(&self) -> Vec<String> {
        let findings = self.json().into_iter().filter(|value| value["type"] == "finding");
        let code = |value: &Value| value["code"].as_str().unwrap().to_owned();
        findings.map(|f| format!("{} {}:{}", code(&f), f["line"], f["column"])).collect()
    }
}
