use std::io::Write;

use super::*;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn packed(bytes: &[u8], reading: Reading) -> (tempfile::NamedTempFile, Packed) {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    let packing = Packing::recognise(bytes).unwrap_or(Packing::Gzip);
    let content = Packed::new(Arc::new(file.reopen().unwrap()), packing, reading);
    (file, content)
}

fn read_all(content: &mut Packed, from: u64) -> Vec<u8> {
    let mut all = Vec::new();
    let mut buffer = [0; 1000];
    loop {
        match content
            .read_at(from + all.len() as u64, &mut buffer)
            .unwrap()
        {
            0 => return all,
            read => all.extend_from_slice(&buffer[..read]),
        }
    }
}

fn lines(count: usize) -> Vec<u8> {
    (0..count)
        .flat_map(|n| format!("line {n} {}\n", n.wrapping_mul(2_654_435_761)).into_bytes())
        .collect()
}

#[test]
fn members_in_a_row_are_one_content() {
    let mut bytes = gzip(b"one\n");
    bytes.extend(zstd::encode_all(&b"two\n"[..], 1).unwrap());
    bytes.extend(gzip(b"three\n"));
    bytes.extend([0; 512]);
    let (_file, mut content) = packed(&bytes, Reading::Finished);
    assert_eq!(read_all(&mut content, 0), b"one\ntwo\nthree\n");
    assert!(content.take_error().is_none());
}

#[test]
fn a_gzip_that_is_being_written_is_waited_for() {
    let whole = lines(50_000);
    let bytes = gzip(&whole);
    for cut in [0, 5, 12, 100, bytes.len() / 2, bytes.len() - 3] {
        let (mut file, mut content) = packed(&bytes[..cut], Reading::Live);
        let mut read = read_all(&mut content, 0);
        assert!(whole.starts_with(&read));
        assert!(content.take_error().is_none(), "cut at {cut}");
        assert!(cut == 0 || !content.is_complete(), "cut at {cut}");
        file.write_all(&bytes[cut..]).unwrap();
        read.extend(read_all(&mut content, read.len() as u64));
        assert_eq!(read, whole, "cut at {cut}");
        assert!(content.is_complete());
    }
}

#[test]
fn a_zstd_that_is_being_written_is_waited_for() {
    let whole = lines(50_000);
    let bytes = zstd::encode_all(&whole[..], 1).unwrap();
    for cut in [4, 12, bytes.len() / 2, bytes.len() - 1] {
        let (mut file, mut content) = packed(&bytes[..cut], Reading::Live);
        let mut read = read_all(&mut content, 0);
        assert!(!content.is_complete(), "cut at {cut}");
        file.write_all(&bytes[cut..]).unwrap();
        read.extend(read_all(&mut content, read.len() as u64));
        assert_eq!(read, whole, "cut at {cut}");
        assert!(content.is_complete());
    }
}

#[test]
fn an_unfinished_gzip_in_a_scan_is_read_as_far_as_it_goes_and_reported() {
    let whole = lines(50_000);
    let bytes = gzip(&whole);
    let (_file, mut content) = packed(&bytes[..bytes.len() / 2], Reading::Finished);
    let read = read_all(&mut content, 0);
    assert!(read.len() > 1000 && whole.starts_with(&read));
    assert!(content.take_error().is_some());
}

#[test]
fn a_bomb_is_read_up_to_the_bound_and_reported() {
    let bomb = gzip(&vec![0; 8 << 20]);
    let (_file, content) = packed(&bomb, Reading::Finished);
    let mut content = content.with_bound(1 << 20, 250);
    let read = read_all(&mut content, 0);
    assert!(
        read.len() >= 1 << 20 && read.len() < 3 << 20,
        "{}",
        read.len()
    );
    let error = content.take_error().unwrap().to_string();
    assert!(error.contains("more than 250 times"), "{error}");
}

#[test]
fn going_back_far_starts_over_and_reads_the_same() {
    let whole = lines(800_000);
    assert!(whole.len() > 3 * WINDOW_BYTES);
    let (_file, mut content) = packed(&gzip(&whole), Reading::Finished);
    assert_eq!(read_all(&mut content, 0).len(), whole.len());
    let mut buffer = [0; 100];
    for offset in [0, HEAD_BYTES - 7, HEAD_BYTES, 100_000, whole.len() - 100] {
        let read = content.read_at(offset as u64, &mut buffer).unwrap();
        assert!(read > 0);
        assert_eq!(buffer[..read], whole[offset..offset + read]);
    }
}
