//! Archives: several members, short reads, cuts and damage.

use std::io::{Read, Write as _};

use super::*;

pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd_frame(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
    encoder.include_checksum(true).unwrap();
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn xz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 1);
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Archives of `text` with several members, by name of the format.
fn archives(text: &[u8]) -> [(&'static str, Vec<u8>); 3] {
    let (one, two) = text.split_at(text.len() / 3);
    let skippable = [b"\x5a\x2a\x4d\x18\x05\0\0\0".as_slice(), b"12345"].concat();
    [
        ("gzip", [gzip(one), gzip(b""), gzip(two)].concat()),
        ("zstd", [skippable.clone(), zstd_frame(one), skippable, zstd_frame(two)].concat()),
        ("xz", [xz(one), xz(two)].concat()),
    ]
}

#[test]
fn unpacks_archives_of_several_members_from_files_and_pipes() {
    let folder = TempDir::new().unwrap();
    let text = text(7, 60_000, b"end");
    let lines = expected(&[&text]);
    for (format, packed) in archives(&text) {
        let file = put(folder.path(), format, &packed);
        for jobs in [0, 2] {
            for step in [1, 4096] {
                let pipe = fifo(folder.path(), &format!("{format}-{jobs}-{step}"), &packed, step);
                for path in [&file, &pipe] {
                    let (sink, result) =
                        collect(std::slice::from_ref(path), &reading(4096, 1 << 20), jobs);
                    result.unwrap();
                    assert!(sink.lines == lines, "{format} {jobs} {step}");
                }
            }
        }
        let mut plain = reading(4096, 1 << 20);
        plain.decompress = false;
        let (sink, _) = collect(&[file], &plain, 2);
        assert!(sink.lines == expected(&[&packed]));
    }
    let (sink, result) = collect(&[put(folder.path(), "empty.gz", b"")], &reading(64, 64), 2);
    result.unwrap();
    assert_eq!(sink.ends, [(0, true), (0, false)]);
    let twice = put(folder.path(), "twice", &gzip(&gzip(b"text\n")));
    let (sink, _) = collect(&[twice], &reading(64, 64), 2);
    assert_eq!(sink.lines[0].bytes[..2], [0x1f, 0x8b]);
}

#[test]
fn a_cut_or_damaged_archive_is_an_error_behind_a_right_prefix() {
    let folder = TempDir::new().unwrap();
    let text = text(9, 50_000, b"");
    let lines = expected(&[&text]);
    for (format, packed) in archives(&text) {
        let member_ends = [gzip(&text[..text.len() / 3]).len(), 0, 0];
        let mut damaged: Vec<Vec<u8>> = (7..packed.len())
            .step_by(packed.len() / 60)
            .filter(|at| !member_ends.contains(at))
            .map(|at| packed[..at].to_vec())
            .collect();
        damaged.push([packed.as_slice(), b"trailing garbage"].concat());
        damaged.push([packed.as_slice(), b"\0\0\0\0trailing garbage"].concat());
        damaged.push([&packed[..12], b"noise, and noise, and more of it than any header"].concat());
        let mut wrong_sum = packed.clone();
        let sum = packed.len() - if format == "xz" { 16 } else { 6 };
        wrong_sum[if format == "zstd" { packed.len() - 2 } else { sum }] ^= 1;
        damaged.push(wrong_sum);
        for bytes in damaged {
            let path = put(folder.path(), format, &bytes);
            for jobs in [0, 2] {
                let (sink, result) =
                    collect(std::slice::from_ref(&path), &reading(512, 1 << 20), jobs);
                match result {
                    Err(Error::Damaged { format: named, offset, .. }) => {
                        assert_eq!(named, format);
                        assert!(offset <= bytes.len() as u64);
                    }
                    other => panic!("{format} of {} bytes: {other:?}", bytes.len()),
                }
                assert!(lines.starts_with(&sink.lines), "{format} of {} bytes", bytes.len());
            }
        }
    }
}

/// What the usual reader of a format gives, asked for one byte at a time, before it meets damage.
fn reference(format: &str, packed: &[u8]) -> Vec<u8> {
    let mut reader: Box<dyn Read + '_> = match format {
        "gzip" => Box::new(flate2::bufread::MultiGzDecoder::new(packed)),
        "zstd" => Box::new(zstd::stream::read::Decoder::with_buffer(packed).unwrap()),
        _ => Box::new(liblzma::bufread::XzDecoder::new_multi_decoder(packed)),
    };
    let mut text = Vec::new();
    let mut byte = [0];
    while let Ok(1) = reader.read(&mut byte) {
        text.push(byte[0]);
    }
    text
}

#[test]
fn nothing_is_lost_before_damage() {
    let folder = TempDir::new().unwrap();
    let text = text(11, 60_000, b"");
    for (format, packed) in archives(&text) {
        for at in (8..packed.len()).step_by(packed.len() / 150) {
            let mut bytes = packed.clone();
            bytes[at] ^= 0x41;
            let wanted = reference(format, &bytes);
            let end = wanted.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
            let path = put(folder.path(), format, &bytes);
            let (sink, result) = collect(&[path], &reading(1 << 20, 1 << 20), 1);
            assert!(
                sink.lines.starts_with(&expected(&[&wanted[..end]])),
                "{format} damaged at {at}: {} bytes before it, {result:?}",
                wanted.len()
            );
        }
    }
}

#[test]
fn a_damaged_block_does_not_take_the_one_before_it_away() {
    // A frame with a window of 1 KiB: a raw block, and the header of a block of no known type.
    let frame = b"\x28\xb5\x2f\xfd\0\0\x40\0\0one\ntwo\n\x06\0\0";
    let folder = TempDir::new().unwrap();
    let (sink, result) = collect(&[put(folder.path(), "in", frame)], &reading(1 << 20, 1 << 20), 1);
    assert!(matches!(result, Err(Error::Damaged { .. })));
    assert!(sink.lines == expected(&[b"one\ntwo\n"]));
}

#[test]
fn zeros_behind_gzip_are_passed_over_and_anything_else_is_named() {
    let folder = TempDir::new().unwrap();
    let text = text(13, 5_000, b"end");
    let packed = [gzip(&text), gzip(b"\nmore\n")].concat();
    let filled = [packed.as_slice(), &[0; 100_000]].concat();
    let whole = [text.as_slice(), b"\nmore\n"].concat();
    let (sink, result) = collect(&[put(folder.path(), "filled", &filled)], &Reading::default(), 2);
    result.unwrap();
    assert!(sink.lines == expected(&[&whole]));
    // Each with the byte that cannot be there.
    for (rest, at) in [
        (b"x".as_slice(), 0),
        (b"\0\0x", 2),
        (b"{\"messages\":[]}\n", 0),
        (b"\0\x1f\x8b", 1),
        (b"\x1fx", 1),
        (b"\x1f\x8bx", 2),
        (b"\x1f\x8b\0", 2),
        (b"\x1f\x1f\x8b\x08", 1),
    ] {
        let bytes = [packed.as_slice(), rest].concat();
        let what = "what follows the last member is not gzip data";
        let place = format!("at compressed byte {}: {what}", packed.len() + at);
        let file = put(folder.path(), "junk", &bytes);
        let pipe = fifo(folder.path(), &format!("junk-{}", rest.escape_ascii()), &bytes, 1);
        for path in [file, pipe] {
            let (sink, result) = collect(&[path], &Reading::default(), 2);
            assert!(sink.lines == expected(&[&whole]));
            assert!(result.unwrap_err().to_string().ends_with(&place));
        }
    }
    for cut in [b"\x1f".as_slice(), b"\x1f\x8b", b"\x1f\x8b\x08"] {
        let path = put(folder.path(), "cut", &[packed.as_slice(), cut].concat());
        let (sink, result) = collect(&[path], &Reading::default(), 2);
        assert!(sink.lines == expected(&[&whole]));
        assert!(result.unwrap_err().to_string().ends_with("the file ends too early"));
    }
}

/// What is read of `packed` with `rest` behind it, whole and byte by byte, and the error's words.
fn read_with(packed: &[u8], rest: &[u8], text: &[u8]) -> std::result::Result<(), String> {
    let folder = TempDir::new().unwrap();
    let bytes = [packed, rest].concat();
    let pipe = fifo(folder.path(), "pipe", &bytes, 1);
    let read = [put(folder.path(), "file", &bytes), pipe].map(|path| {
        let (sink, result) = collect(&[path], &Reading::default(), 2);
        assert!(sink.lines == expected(&[text]), "{}", rest.escape_ascii());
        result.map_err(|error| {
            let text = error.to_string();
            text.split_once(" at compressed byte ").map_or(text.clone(), |(_, end)| end.to_owned())
        })
    });
    assert_eq!(read[0], read[1], "{}", rest.escape_ascii());
    let [read, _] = read;
    read
}

#[test]
fn what_follows_xz_is_zeros_in_fours_another_stream_or_named() {
    let text = text(17, 5_000, b"end\n");
    let packed = [xz(&text), xz(b"more\n")].concat();
    let whole = [text.as_slice(), b"more\n"].concat();
    for rest in [b"".as_slice(), &[0; 4], &[0; 100_000]] {
        assert_eq!(read_with(&packed, rest, &whole), Ok(()));
    }
    let again = [&[0; 8], xz(b"last\n").as_slice()].concat();
    assert_eq!(read_with(&packed, &again, &[&whole[..], b"last\n"].concat()), Ok(()));
    for (rest, at) in [
        (b"x".as_slice(), 0),
        (b"{\"messages\":[]}\n", 0),
        (b"\0\0\0\0x", 4),
        (b"\0\0\xfd7zXZ\0", 2),
        (b"\xfd7x", 2),
        (b"\xfd\0\0\0", 1),
        (b"\xfd7zXZ\x01", 5),
    ] {
        let what = "what follows the last stream is not xz data";
        let told = format!("{}: {what}", packed.len() + at);
        assert_eq!(read_with(&packed, rest, &whole), Err(told));
    }
    for cut in [b"\xfd".as_slice(), b"\xfd7zXZ", b"\xfd7zXZ\0", b"\0\0", b"\0\0\0\0\0"] {
        let told = format!("{}: the file ends too early", packed.len() + cut.len());
        assert_eq!(read_with(&packed, cut, &whole), Err(told));
    }
}

#[test]
fn what_follows_zstd_is_another_frame_or_named() {
    let text = text(19, 5_000, b"end\n");
    let frame = |text: &[u8]| zstd::encode_all(text, 1).unwrap();
    let packed = [frame(&text), frame(b"more\n")].concat();
    let whole = [text.as_slice(), b"more\n"].concat();
    assert_eq!(read_with(&packed, b"", &whole), Ok(()));
    // A frame to be passed over.
    assert_eq!(read_with(&packed, b"\x50\x2a\x4d\x18\x01\0\0\0x", &whole), Ok(()));
    for rest in [b"x".as_slice(), b"{\"messages\":[]}\n", b"\0\0\0\0", b"\x28\xb5x"] {
        let told = read_with(&packed, rest, &whole).unwrap_err();
        assert!(told.ends_with(": what follows the last frame is not zstd data"), "{told}");
    }
    for cut in [b"\x28".as_slice(), b"\x28\xb5\x2f\xfd", b"\x28\xb5\x2f\xfd\0\0"] {
        let told = format!("{}: the file ends too early", packed.len() + cut.len());
        assert_eq!(read_with(&packed, cut, &whole), Err(told));
    }
}

#[test]
fn names_the_limit_of_a_zstd_window() {
    let folder = TempDir::new().unwrap();
    let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
    encoder.window_log(20).unwrap();
    encoder.write_all(&text(1, 2 << 20, b"")).unwrap();
    let path = put(folder.path(), "wide", &encoder.finish().unwrap());
    let narrow = Reading { window_log_max: 19, ..Reading::default() };
    let (_, result) = collect(&[path], &narrow, 1);
    assert!(result.unwrap_err().to_string().contains("limit of 512 KiB"));
}
