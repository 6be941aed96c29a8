//! Archives are made here and opened: what comes out, under which names, and what is counted.

use std::io::{Cursor, Write};
use std::sync::Mutex;

use super::{Container, open, opened as opens};
use crate::finding::{Skip, SourceKind};
use crate::source::{Item, Sink};

#[derive(Default)]
struct Seen {
    members: Mutex<Members>,
    skipped: Mutex<Vec<(Skip, String)>>,
}

impl Sink for Seen {
    fn wants(&self, path: &[u8]) -> bool {
        !path.ends_with(b".left-out")
    }

    fn content(&self, item: &Item<'_>) {
        assert_eq!(item.source, SourceKind::Archive);
        if opens(item, self) {
            return;
        }
        let path = String::from_utf8(item.path.to_vec()).unwrap();
        self.members
            .lock()
            .unwrap()
            .push((path, item.bytes.to_vec()));
    }

    fn skip(&self, reason: Skip, subject: &[u8], detail: &str) {
        let what = format!("{}: {detail}", String::from_utf8_lossy(subject));
        self.skipped.lock().unwrap().push((reason, what));
    }

    fn commits(&self, _count: u64) {}

    fn stopped(&self) -> bool {
        false
    }
}

type Members = Vec<(String, Vec<u8>)>;

/// Members and complaints of a container called `x.gz`.
fn opened(bytes: &[u8]) -> (Members, Vec<(Skip, String)>) {
    let seen = Seen::default();
    let container = Container::of(bytes).unwrap();
    open(
        container,
        &Item::whole(SourceKind::Tree, b"x.gz", bytes),
        &seen,
    );
    (
        seen.members.into_inner().unwrap(),
        seen.skipped.into_inner().unwrap(),
    )
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in members {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        // A name as an attacker writes it, which the builder would refuse.
        if name.len() < 100 {
            header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_cksum();
            builder.append(&header, *bytes).unwrap();
        } else {
            builder.append_data(&mut header, name, *bytes).unwrap();
        }
    }
    builder.into_inner().unwrap()
}

fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        writer
            .start_file(*name, zip::write::SimpleFileOptions::default())
            .unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn a_compressed_tar_is_read_member_by_member() {
    let long = format!("{}/deep.txt", "d".repeat(120));
    let packed = gzip(&tar(&[
        ("../../etc/passwd", b"one"),
        (&long, b"two"),
        ("a.left-out", b"three"),
    ]));
    let (members, skipped) = opened(&packed);
    assert_eq!(members[0], ("x.gz!/etc/passwd".to_owned(), b"one".to_vec()));
    assert_eq!(members[1], (format!("x.gz!/{long}"), b"two".to_vec()));
    assert_eq!((members.len(), skipped.len()), (2, 0));
}

#[test]
fn containers_inside_containers_are_opened_to_a_depth() {
    let (members, skipped) = opened(&zip(&[("in.gz", &gzip(b"text"))]));
    assert_eq!(members, [("x.gz!/in.gz!/in".to_owned(), b"text".to_vec())]);
    assert!(skipped.is_empty());
    let mut nest = b"text".to_vec();
    for _ in 0..6 {
        nest = gzip(&nest);
    }
    let (_, skipped) = opened(&nest);
    assert_eq!(skipped.len(), 1);
    assert_eq!(skipped[0].0, Skip::Archive);
}

#[test]
fn what_unpacks_without_end_is_cut_and_counted() {
    let bomb = gzip(&vec![0; 1 << 20]);
    let names: Vec<String> = (0..40).map(|n| format!("{n}.gz")).collect();
    let members: Vec<(&str, &[u8])> = names.iter().map(|n| (n.as_str(), &bomb[..])).collect();
    let (members, skipped) = opened(&tar(&members));
    let all: u64 = members.iter().map(|(_, bytes)| bytes.len() as u64).sum();
    assert!(all <= super::UNPACKED);
    assert!(skipped.iter().all(|(reason, _)| *reason == Skip::Archive) && !skipped.is_empty());
}

#[test]
fn the_damaged_and_the_unknown_are_counted() {
    let mut cut = gzip(&b"token and more ".repeat(2000));
    cut.truncate(cut.len() - 12);
    let (members, skipped) = opened(&cut);
    assert!(members[0].1.starts_with(b"token and more"));
    assert_eq!(skipped[0].0, Skip::Archive);
    let mut broken = zip(&[("a", b"b")]);
    broken.truncate(broken.len() - 10);
    assert_eq!(opened(&broken).1.len(), 1);
    assert!(opened(b"7z\xbc\xaf\x27\x1c\0\0").1[0].1.contains("7z"));
}

/// A database of two pages of 512 bytes: the second holds `rows`, and what does not fit follows it.
fn database(rows: &[&[u8]]) -> Vec<u8> {
    let mut file = vec![0; 1024];
    file[..24].copy_from_slice(b"SQLite format 3\0\x02\x00\x01\x01\x00\x40\x20\x20");
    let page = &mut file[512..];
    page[0] = 0x0d;
    page[4] = u8::try_from(rows.len()).unwrap();
    let mut end = 512;
    for (number, row) in rows.iter().enumerate() {
        end -= row.len();
        page[end..end + row.len()].copy_from_slice(row);
        let at = u16::try_from(end).unwrap().to_be_bytes();
        page[8 + 2 * number..10 + 2 * number].copy_from_slice(&at);
    }
    file
}

#[test]
fn rows_of_a_database_are_lines() {
    // Length of the row, its number, length of its header, what its values are, the values.
    let rows: [&[u8]; 2] = [b"\x09\x01\x03\x13\x13tokabc", b"\x06\x02\x03\x01\x11\x07de"];
    let (members, skipped) = opened(&database(&rows));
    assert_eq!(members[0].0, "x.gz!/rows");
    assert_eq!(members[0].1, b"tok\tabc\t\nde\t\n");
    assert!(skipped.is_empty());
    // 600 bytes: 97 stand in the cell, 503 on page 3.
    let least = (512 - 12) * 32 / 255 - 23;
    let kept = least + (603 - least) % 508;
    let mut row = b"\x84\x5b\x01\x03\x89\x3d".to_vec();
    row.extend(vec![b'a'; kept - 3]);
    row.extend([0, 0, 0, 3]);
    let mut file = database(&[&row]);
    file.extend([0, 0, 0, 0]);
    file.extend(vec![b'b'; 508]);
    let text = &opened(&file).0[0].1;
    assert_eq!(
        (text.len(), text.iter().filter(|b| **b == b'b').count()),
        (602, 603 - kept)
    );
}

#[test]
fn documents_say_what_a_reader_sees() {
    let part = b"<w:p><w:r><w:t>to</w:t></w:r><w:r><w:t>ken</w:t></w:r></w:p>";
    let (members, _) = opened(&zip(&[("word/document.xml", part)]));
    assert_eq!(members[0].1, b"token\n\n");
    let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(b"BT (to) Tj (ken) Tj ET").unwrap();
    let stream = packer.finish().unwrap();
    let pdf = [
        &b"%PDF-1.4\n1 0 obj\n<</Length 9>>stream\r\n"[..],
        &stream,
        b"\nendstream\n",
    ]
    .concat();
    let seen = opened(&pdf).0;
    assert_eq!(seen[0], ("x.gz!/text".to_owned(), b"token\n".to_vec()));
    let text = [&b"Comment\0\0"[..], &stream].concat();
    let length = u32::try_from(text.len()).unwrap().to_be_bytes();
    let png = [b"\x89PNG\r\n\x1a\n", &length[..], b"zTXt", &text, b"crc!"].concat();
    assert_eq!(opened(&png).0[0].1, b"BT (to) Tj (ken) Tj ET");
}

#[test]
fn strings_of_compiled_python_are_lines() {
    // `marshal.dumps` of a code object, shortened: a header of 16 bytes, `c`, and constants whose next
    // type follows without a gap.
    let mut code = b"\x6f\r\r\n\0\0\0\0\x12\x34\x56\x65\x20\0\0\0\xe3\0\0\0\0)\x02".to_vec();
    code.extend(b"\xda\x08password\xfa\x06s3cr3tN)\x01s\x05\0\0\0bytesz\xff");
    let (members, skipped) = opened(&code);
    assert!(skipped.is_empty(), "{skipped:?}");
    let (name, text) = &members[0];
    assert_eq!(name, "x.gz!/strings");
    assert_eq!(text, b"password\ns3cr3t\nbytes\n");
    assert!(Container::of(b"a\n\r\nsome text, not compiled").is_none());
}

#[test]
fn unix_archives_are_read_member_by_member() {
    let member = |name: &str, bytes: &[u8]| {
        let header = format!(
            "{name:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n",
            0,
            0,
            0,
            100_644,
            bytes.len()
        );
        let pad: &[u8] = if bytes.len() % 2 == 1 { b"\n" } else { b"" };
        [header.as_bytes(), bytes, pad].concat()
    };
    let data = gzip(&tar(&[("etc/app.conf", b"token = x")]));
    let package = [
        b"!<arch>\n".to_vec(),
        member("debian-binary", b"2.0"),
        member("data.tar.gz/", &data),
    ]
    .concat();
    let (members, skipped) = opened(&package);
    assert!(skipped.is_empty(), "{skipped:?}");
    assert_eq!(
        members,
        [
            ("x.gz!/debian-binary".to_owned(), b"2.0".to_vec()),
            (
                "x.gz!/data.tar.gz!/etc/app.conf".to_owned(),
                b"token = x".to_vec()
            ),
        ]
    );
    let cut = &package[..package.len() - data.len() - 20];
    assert_eq!(opened(cut).1[0].0, Skip::Archive);
}

#[test]
fn lzma_alone_is_told_and_read() {
    // `printf token=abc | xz --format=lzma`
    let packed =
        b"\x5d\0\0\x80\0\xff\xff\xff\xff\xff\xff\xff\xff\0\x3a\x1b\xc9\xa9\x3f\x25\x59\xf8\
        \x0e\x09\xa6\xf1\xac\xff\xff\x5b\x18\0\0";
    let (members, _) = opened(packed);
    assert_eq!(members, [("x.gz!/x".to_owned(), b"token=abc".to_vec())]);
    assert_eq!(Container::of(b"]\0\0 and so on, no stream"), None);
}

#[test]
fn a_bundle_says_what_to_do() {
    let (_, skipped) = opened(b"# v2 git bundle\n0000 HEAD\n\nPACK");
    assert!(skipped[0].1.contains("clone it"), "{skipped:?}");
}
