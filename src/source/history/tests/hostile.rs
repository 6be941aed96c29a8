//! Object stores that were made to hurt: nothing panics, nothing runs away, everything is counted.

use libdeflater::{CompressionLvl, Compressor};

use super::*;
use crate::finding::Skip;

/// One entry of a made-up pack.
struct Entry {
    id: u8,
    kind: u8,
    /// What stands between the size and the data: a base offset or id.
    base: Vec<u8>,
    size: u64,
    data: Vec<u8>,
}

fn entry(id: u8, kind: u8, base: &[u8], data: &[u8]) -> Entry {
    Entry {
        id,
        kind,
        base: base.to_vec(),
        size: data.len() as u64,
        data: data.to_vec(),
    }
}

fn id(byte: u8) -> [u8; 20] {
    [byte; 20]
}

/// A delta that copies `len` bytes from the start of a base of `base` bytes, `times` times.
fn copies(base: u64, len: usize, times: u64) -> Vec<u8> {
    let mut delta = varint(base);
    delta.extend(varint(len as u64 * times));
    for _ in 0..times {
        let len = u32::try_from(len).unwrap().to_le_bytes();
        delta.extend([0xf0, len[0], len[1], len[2]]);
    }
    delta
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(u8::try_from(value & 0x7f).unwrap() | 0x80);
        value >>= 7;
    }
    bytes.push(u8::try_from(value).unwrap());
    bytes
}

fn deflate(data: &[u8]) -> Vec<u8> {
    let mut compressor = Compressor::new(CompressionLvl::fastest());
    let mut out = vec![0; compressor.zlib_compress_bound(data.len())];
    let len = compressor.zlib_compress(data, &mut out).unwrap();
    out.truncate(len);
    out
}

/// Writes a pack and its index; ids need not fit contents.
fn craft(repo: &Repo, name: &str, entries: &[Entry]) {
    let mut pack = b"PACK\0\0\0\x02".to_vec();
    pack.extend(u32::try_from(entries.len()).unwrap().to_be_bytes());
    let mut rows = Vec::new();
    for entry in entries {
        rows.push((id(entry.id), u32::try_from(pack.len()).unwrap()));
        let mut size = varint(entry.size >> 4);
        let low = u8::try_from(entry.size & 15).unwrap();
        let more = if entry.size > 15 { 0x80 } else { 0 };
        pack.push(more | entry.kind << 4 | low);
        if more != 0 {
            pack.append(&mut size);
        }
        pack.extend_from_slice(&entry.base);
        pack.extend(deflate(&entry.data));
    }
    pack.extend([0; 20]);
    rows.sort_unstable();
    let mut index = b"\xfftOc\0\0\0\x02".to_vec();
    for first in 0..=255u8 {
        let upto = rows.iter().filter(|(id, _)| id[0] <= first).count();
        index.extend(u32::try_from(upto).unwrap().to_be_bytes());
    }
    index.extend(rows.iter().flat_map(|(id, _)| *id));
    index.extend(vec![0; rows.len() * 4]);
    index.extend(rows.iter().flat_map(|(_, at)| at.to_be_bytes()));
    index.extend([0; 40]);
    let dir = repo.path().join(".git/objects/pack");
    std::fs::create_dir_all(&dir).unwrap();
    std::fs::write(dir.join(format!("pack-{name}.pack")), pack).unwrap();
    std::fs::write(dir.join(format!("pack-{name}.idx")), index).unwrap();
}

fn skipped(repo: &Repo) -> (u64, BTreeMap<Skip, u64>) {
    let options = Options {
        max_object: 1 << 20,
        max_blob: 1 << 20,
        ..Options::default()
    };
    let report = repo.scan_with(&Toy::new(17, true), &options);
    (report.tally.blobs, report.tally.skipped)
}

#[test]
fn deltas_that_are_each_others_base() {
    let repo = Repo::new(&[]);
    let delta = copies(5, 5, 1);
    craft(
        &repo,
        "a",
        &[
            entry(1, 7, &id(2), &delta),
            entry(2, 7, &id(1), &delta),
            entry(3, 7, &id(3), &delta),
            entry(4, 3, &[], b"sound"),
            entry(5, 7, &id(4), &delta),
        ],
    );
    assert_eq!(skipped(&repo), (2, BTreeMap::from([(Skip::Corrupt, 3)])));
}

#[test]
fn a_base_that_is_nowhere_and_one_in_another_pack() {
    let repo = Repo::new(&[]);
    craft(&repo, "a", &[entry(1, 3, &[], b"sound")]);
    let delta = copies(5, 5, 1);
    craft(
        &repo,
        "b",
        &[
            entry(2, 7, &id(1), &delta),
            entry(3, 7, &id(2), &delta),
            entry(4, 7, &id(9), &delta),
        ],
    );
    assert_eq!(skipped(&repo), (3, BTreeMap::from([(Skip::Missing, 1)])));
}

#[test]
fn bombs_and_false_sizes() {
    let repo = Repo::new(&[]);
    let base = vec![b'x'; 0x1000];
    let mut lies = entry(9, 3, &[], b"short");
    lies.size = 1 << 40;
    let mut entries = vec![
        entry(1, 3, &[], &base),
        // Claims a terabyte.
        entry(2, 7, &id(1), &[varint(0x1000), varint(1 << 40)].concat()),
        lies,
        entry(10, 3, &[], &vec![0; 2 << 20]),
    ];
    // Sixteen times its base, each time: 64 KB, 1 MB, then more than is allowed.
    for step in 0..4u8 {
        let size = 0x1000u64 << (4 * step);
        let delta = copies(size, usize::try_from(size).unwrap().min(0xff_ffff), 16);
        entries.push(entry(
            11 + step,
            7,
            &id(if step == 0 { 1 } else { 10 + step }),
            &delta,
        ));
    }
    craft(&repo, "a", &entries);
    let (blobs, skipped) = skipped(&repo);
    assert_eq!(blobs, 3);
    assert_eq!(skipped, BTreeMap::from([(Skip::TooLarge, 5)]));
}

#[test]
fn a_bomb_of_trees() {
    let repo = Repo::new(&[]);
    let text = |out: Vec<u8>| String::from_utf8(out).unwrap().trim().to_owned();
    let mut object = text(repo.feed(&["hash-object", "-w", "--stdin"], b"key va=123\n"));
    let places = |tree: &str| {
        let commit = text(repo.git(&["commit-tree", "-m", "x", tree]));
        repo.git(&["update-ref", "refs/heads/main", &commit]);
        let report = repo.scan(&Toy::new(17, false));
        let paths = report.places.values().map(Vec::len).sum::<usize>();
        (paths, report.tally.skipped)
    };
    for level in 0..9 {
        let what = if level == 0 {
            "100644 blob"
        } else {
            "040000 tree"
        };
        let names: String = (0..10)
            .map(|name| format!("{what} {object}\t{name}\n"))
            .collect();
        object = text(repo.feed(&["mktree"], names.as_bytes()));
        if level == 2 {
            assert_eq!(places(&object), (1000, BTreeMap::new()));
        }
    }
    let (paths, skipped) = places(&object);
    assert_eq!(skipped, BTreeMap::from([(Skip::Corrupt, 1)]));
    // The first commit is there still, and what it holds.
    assert_eq!(paths, 1000);
}

#[test]
fn a_damaged_entry_is_taken_from_another_pack() {
    let repo = Repo::new(&[]);
    let delta = copies(5, 5, 1);
    let mut broken = entry(1, 3, &[], b"key va=123");
    broken.size = 5;
    let large = entry(8, 3, &[], &vec![b'z'; 9000]);
    craft(&repo, "a", &[broken, entry(2, 7, &id(1), &delta), large]);
    assert_eq!(skipped(&repo), (1, BTreeMap::from([(Skip::Corrupt, 2)])));
    craft(&repo, "b", &[entry(1, 3, &[], b"sound")]);
    assert_eq!(skipped(&repo), (3, BTreeMap::new()));
}

#[test]
fn loose_objects_that_lie() {
    let repo = Repo::new(&[]);
    let dir = repo.path().join(".git/objects/aa");
    std::fs::create_dir_all(&dir).unwrap();
    let files: [(&str, &[u8]); 6] = [
        ("01", b"blob 5\0sound"),
        ("02", b"blob 50\0short"),
        ("03", b"bolb 5\0wrong"),
        ("04", b"no header at all, not even a zero byte in reach"),
        ("05", b"tree 3\0abc"),
        ("06", b"commit 2\0hi"),
    ];
    for (name, content) in files {
        std::fs::write(dir.join(format!("{name:0>38}")), deflate(content)).unwrap();
    }
    std::fs::write(dir.join(format!("{:0>38}", "07")), b"not zlib").unwrap();
    let bomb = [b"blob 9000000\0".to_vec(), vec![0; 9_000_000]].concat();
    std::fs::write(dir.join(format!("{:0>38}", "08")), deflate(&bomb)).unwrap();
    // The first is sound but for its name: it is looked at and counted.
    let expected = BTreeMap::from([(Skip::Corrupt, 7), (Skip::TooLarge, 1)]);
    assert_eq!(skipped(&repo), (1, expected));
}

#[test]
fn flipped_bytes_never_panic() {
    let repo = generated(7, 25, &[]);
    repo.git(&REPACK);
    let mut random = Random(99);
    for extension in ["pack", "idx"] {
        let path = repo.pack_file(extension);
        let sound = std::fs::read(&path).unwrap();
        for round in 0..60 {
            let mut bytes = sound.clone();
            for _ in 0..1 + round % 4 {
                let at = random.below(bytes.len());
                bytes[at] ^= 1 << random.below(8);
            }
            if round % 10 == 9 {
                bytes.truncate(random.below(sound.len()));
            }
            // Git's files are read-only; a new file takes the name.
            std::fs::remove_file(&path).unwrap();
            std::fs::write(&path, &bytes).unwrap();
            let toy = Toy::new(17, true);
            let report = repo.scan(&toy);
            assert!(report.tally.blobs <= 1000);
        }
        std::fs::remove_file(&path).unwrap();
        std::fs::write(&path, &sound).unwrap();
    }
    repo.check(17);
}

#[test]
fn offsets_beyond_four_gigabytes() {
    use std::os::unix::fs::FileExt;
    const FAR: u64 = (4 << 30) + 100;
    let repo = Repo::new(&[]);
    let sound = b"key va=123 and what is copied";
    let entry = |kind: u8, base: &[u8], data: &[u8]| {
        let size = u8::try_from(data.len()).unwrap();
        let mut bytes = vec![0x80 | kind << 4 | size & 15, size >> 4];
        bytes.extend_from_slice(base);
        bytes.extend(deflate(data));
        bytes
    };
    // How far back the base stands, seven bits a byte, each but the last one less.
    let mut back = vec![u8::try_from((FAR + 200 - 12) & 0x7f).unwrap()];
    let mut left = (FAR + 200 - 12) >> 7;
    while left > 0 {
        left -= 1;
        back.insert(0, u8::try_from(left & 0x7f).unwrap() | 0x80);
        left >>= 7;
    }
    let delta = copies(sound.len() as u64, 10, 2);
    let dir = repo.path().join(".git/objects/pack");
    std::fs::create_dir_all(&dir).unwrap();
    let pack = std::fs::File::create(dir.join("pack-a.pack")).unwrap();
    let mut head = b"PACK\0\0\0\x02\0\0\0\x03".to_vec();
    head.extend(entry(3, &[], sound));
    pack.write_all_at(&head, 0).unwrap();
    pack.write_all_at(&entry(3, &[], b"far away: key va=4567"), FAR)
        .unwrap();
    pack.write_all_at(&entry(6, &back, &delta), FAR + 200)
        .unwrap();
    pack.set_len(FAR + 1000).unwrap();
    let mut index = b"\xfftOc\0\0\0\x02".to_vec();
    for first in 0..=255u32 {
        index.extend(first.min(3).to_be_bytes());
    }
    (1..=3).for_each(|byte| index.extend(id(byte)));
    index.extend([0; 12]);
    for offset in [12, 0x8000_0000_u32, 0x8000_0001] {
        index.extend(offset.to_be_bytes());
    }
    index.extend(FAR.to_be_bytes());
    index.extend((FAR + 200).to_be_bytes());
    index.extend([0; 40]);
    std::fs::write(dir.join("pack-a.idx"), index).unwrap();
    let toy = Toy::new(17, true);
    let report = repo.scan(&toy);
    assert!(report.tally.skipped.is_empty(), "{:?}", report.tally);
    assert_eq!((report.tally.blobs, report.tally.bytes), (3, 29 + 21 + 20));
    let seen = toy.seen.into_inner().unwrap();
    let hits = seen.values().map(|(_, hits)| hits.clone());
    assert_eq!(hits.collect::<Vec<_>>(), [vec![0], vec![10], vec![0, 10]]);
}
