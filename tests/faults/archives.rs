//! Archives that are cut, damaged, joined or hostile.

use std::io::{Read as _, Write as _};
use std::process::Stdio;

use super::{gzip, xz, zstd};
use crate::util::{Folder, TOOLS, good, lines, validate};

/// Records enough for several reads of a decoder, and not all alike.
fn text() -> String {
    (0..1500).map(|number| good(&format!("{number} {}", number * 7919 % 1009)) + "\n").collect()
}

#[test]
fn a_cut_archive_is_told_with_the_place_and_its_lines_come_out() {
    for tool in TOOLS {
        let text = text();
        let folder = Folder::of(tool);
        for (name, packed) in [
            ("gzip", gzip(text.as_bytes())),
            ("zstd", zstd(text.as_bytes())),
            ("xz", xz(text.as_bytes())),
        ] {
            let step = packed.len() / 11;
            for at in (6..packed.len()).step_by(step).chain([packed.len() - 1]) {
                folder.put("in", &packed[..at]);
                for args in [&["-q", "in"][..], &["-q"]] {
                    let stdin = if args.len() == 1 { &packed[..at] } else { b"" };
                    let done = folder.run(args, stdin);
                    let file = args.get(1).unwrap_or(&"<stdin>");
                    done.exits(2);
                    done.says(&format!(
                        "{file}: damaged {name} data at compressed byte {at}: the file ends too early\n"
                    ));
                    assert!(text.as_bytes().starts_with(&done.stdout), "{done}");
                    assert!(done.stdout.last().is_none_or(|last| *last == b'\n'));
                    if name == "gzip" && at == packed.len() - 1 {
                        assert!(
                            done.stdout.len() + (64 << 10) > text.len(),
                            "{} bytes",
                            done.stdout.len()
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn damage_is_told() {
    for tool in TOOLS {
        let folder = Folder::of(tool);
        let text = text();
        let mut sum = gzip(text.as_bytes());
        let end = sum.len() - 6;
        sum[end] ^= 1;
        let done = folder.run(&["-q"], &sum);
        done.exits(2).says("damaged gzip data at compressed byte ");
        assert!(text.as_bytes().starts_with(&done.stdout));
        for packed in [zstd(text.as_bytes()), xz(text.as_bytes())] {
            let mut packed = packed;
            let middle = packed.len() / 2;
            packed[middle] ^= 0x55;
            packed[middle + 1] ^= 0x55;
            folder.run(&["-q"], &packed).exits(2).says("<stdin>: damaged ");
        }
        let noise = [&[0x1f, 0x8b][..], b"noise that is no archive"].concat();
        folder.run(&[], noise).exits(2).says("damaged gzip data");
    }
}

#[test]
fn joined_archives_are_one_input() {
    for tool in TOOLS {
        let folder = Folder::of(tool);
        let parts = [lines(&[good("1")]), String::new(), good("2"), "\n".to_owned() + &good("3")];
        let whole = lines(&[good("1"), good("2"), good("3")]);
        for pack in [gzip, zstd, xz] {
            let packed: Vec<u8> = parts.iter().flat_map(|part| pack(part.as_bytes())).collect();
            folder.run(&["-q"], packed).exits(0).writes(&whole);
        }
        let skipped = [&[0x52, 0x2a, 0x4d, 0x18, 5, 0, 0, 0][..], b"hello"].concat();
        let first = lines(&[good("1")]);
        let (one, two) = (zstd(first.as_bytes()), zstd(good("2").as_bytes()));
        let wanted = lines(&[good("1"), good("2")]);
        folder.run(&["-q"], [&one[..], &skipped, &two].concat()).exits(0).writes(&wanted);
        folder.run(&["-q"], [&skipped[..], &one, &two].concat()).exits(0).writes(&wanted);
    }
}

#[test]
fn what_follows_an_archive_is_not_passed_over() {
    for tool in TOOLS {
        let folder = Folder::of(tool);
        let first = lines(&[good("1")]);
        for pack in [gzip, zstd, xz] {
            let packed = [pack(first.as_bytes()), first.clone().into_bytes()].concat();
            let done = folder.run(&["-q"], packed);
            done.exits(2).says("damaged ");
            assert!(first.as_bytes().starts_with(&done.stdout), "{done}");
        }
    }
}

#[test]
fn an_empty_archive_is_an_empty_input() {
    for tool in TOOLS {
        let folder = Folder::of(tool);
        for packed in [gzip(b""), zstd(b""), xz(b""), Vec::new()] {
            folder.run(&[], packed).exits(0).writes("").says("0 records: ");
        }
    }
    validate(&[], gzip(b"")).says("B018");
}

#[test]
fn an_archive_in_an_archive_stays_one() {
    for tool in TOOLS {
        let folder = Folder::of(tool);
        let twice = gzip(&gzip(good("1").as_bytes()));
        folder.run(&[], &twice).exits(1).writes("").says("<stdin>:1:");
    }
    validate(&[], gzip(&gzip(good("1").as_bytes()))).says("error[B00");
}

#[test]
fn a_window_over_the_limit_is_refused_with_the_way_out() {
    for tool in TOOLS {
        let folder = Folder::of(tool);
        // A frame with a window of 2^31 bytes and one raw block.
        let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, 21 << 3];
        let record = lines(&[good("1")]);
        let header = ((record.len() as u32) << 3 | 1).to_le_bytes();
        frame.extend(&header[..3]);
        frame.extend(record.as_bytes());
        let done = folder.run(&[], &frame);
        done.exits(2).writes("").says("window over the limit of 128 MiB").says("--long=31");
    }
}

#[test]
fn a_bomb_takes_no_memory() {
    for tool in TOOLS {
        let folder = Folder::of(tool);
        // One line of 52 MiB in some kilobytes, and a record behind it.
        let piece = gzip(&vec![b'a'; 1 << 20]);
        let record = lines(&[good("1")]);
        let bomb = [piece.repeat(52), gzip(b"\n"), gzip(record.as_bytes())].concat();
        let mut command = folder.tool(&["--max-line-bytes", "1M", "-j2"]);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut pipe = child.stdin.take().unwrap();
        pipe.write_all(&bomb).unwrap();
        // The record comes out while the input is still open; so the process can be looked at.
        let mut got = vec![0; record.len()];
        child.stdout.as_mut().unwrap().read_exact(&mut got).unwrap();
        assert_eq!(got, record.as_bytes());
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        let peak: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
        assert!(peak < 48 << 10, "{peak} kB");
        drop(pipe);
        let output = child.wait_with_output().unwrap();
        let done = crate::util::Done::new("bomb".to_owned(), output);
        done.exits(1);
        match tool {
            "chatml-validate" => done
                .says("<stdin>:1:1: error[B015] line-too-long")
                .says("2 records: 1 valid, 1 invalid"),
            _ => done
                .says("<stdin>:1:1: the line is longer than 1048576 bytes (--max-line-bytes); left out")
                .says("1 record: 1 kept, 0 removed")
                .says("1 line could not be used and is left out"),
        };
    }
}
