//! The little of BSON that a MongoDB login needs: documents of strings, numbers, bytes and documents. Pure.

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Bson {
    Text(String),
    Int(i32),
    Number(f64),
    Bool(bool),
    Bytes(Vec<u8>),
    Document(Vec<(String, Bson)>),
    /// Something not needed here.
    Other,
}

const DEEPEST: usize = 16;

/// A document's bytes.
pub(super) fn encode(fields: &[(&str, Bson)]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in fields {
        let (tag, bytes) = match value {
            Bson::Text(text) => (2, string(text)),
            Bson::Int(number) => (16, number.to_le_bytes().to_vec()),
            Bson::Bool(flag) => (8, vec![u8::from(*flag)]),
            Bson::Bytes(bytes) => {
                let mut out = size(bytes.len()).to_vec();
                out.push(0);
                out.extend(bytes);
                (5, out)
            }
            Bson::Document(fields) => {
                let borrowed: Vec<_> = fields
                    .iter()
                    .map(|(name, value)| (name.as_str(), value.clone()))
                    .collect();
                (3, encode(&borrowed))
            }
            Bson::Number(number) => (1, number.to_le_bytes().to_vec()),
            Bson::Other => (10, Vec::new()),
        };
        body.push(tag);
        body.extend(name.as_bytes());
        body.push(0);
        body.extend(bytes);
    }
    let mut out = size(body.len() + 5).to_vec();
    out.extend(body);
    out.push(0);
    out
}

fn string(text: &str) -> Vec<u8> {
    let mut out = size(text.len() + 1).to_vec();
    out.extend(text.as_bytes());
    out.push(0);
    out
}

fn size(length: usize) -> [u8; 4] {
    u32::try_from(length).unwrap_or_default().to_le_bytes()
}

/// The fields of a document; `None` if it is broken.
pub(super) fn decode(bytes: &[u8]) -> Option<Vec<(String, Bson)>> {
    document(bytes, 0)
}

fn document(bytes: &[u8], depth: usize) -> Option<Vec<(String, Bson)>> {
    let length = number(bytes)?;
    let mut rest = bytes.get(4..length.checked_sub(1)?)?;
    let mut fields = Vec::new();
    while let Some((tag, after)) = rest.split_first() {
        let end = after.iter().position(|b| *b == 0)?;
        let name = String::from_utf8_lossy(&after[..end]).into_owned();
        let after = &after[end + 1..];
        let length = match tag {
            1 | 9 | 17 | 18 => 8,
            2 | 13 | 14 => number(after)?.checked_add(4)?,
            3 | 4 => number(after)?,
            5 => number(after)?.checked_add(5)?,
            7 => 12,
            8 => 1,
            6 | 10 => 0,
            16 => 4,
            19 => 16,
            _ => return None,
        };
        let (value, after) = after.split_at_checked(length)?;
        fields.push((name, read(*tag, value, depth)?));
        rest = after;
    }
    Some(fields)
}

fn read(tag: u8, value: &[u8], depth: usize) -> Option<Bson> {
    Some(match tag {
        1 => Bson::Number(f64::from_le_bytes(value.try_into().ok()?)),
        2 => Bson::Text(String::from_utf8_lossy(value.get(4..value.len() - 1)?).into_owned()),
        3 | 4 if depth < DEEPEST => Bson::Document(document(value, depth + 1)?),
        5 => Bson::Bytes(value.get(5..)?.to_vec()),
        8 => Bson::Bool(value == [1]),
        16 => Bson::Int(i32::from_le_bytes(value.try_into().ok()?)),
        _ => Bson::Other,
    })
}

fn number(bytes: &[u8]) -> Option<usize> {
    let digits = bytes.get(..4)?;
    let length = u32::from_le_bytes([digits[0], digits[1], digits[2], digits[3]]);
    usize::try_from(length).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_read_as_it_was_written() {
        let fields = [
            ("a", Bson::Text("x".into())),
            ("b", Bson::Int(-2)),
            ("c", Bson::Bytes(vec![1, 2])),
            ("d", Bson::Document(vec![("e".into(), Bson::Bool(true))])),
        ];
        let bytes = encode(&fields);
        let read = decode(&bytes).unwrap();
        assert!(
            read.iter()
                .zip(&fields)
                .all(|(a, b)| a.0 == b.0 && a.1 == b.1)
        );
        for cut in 0..bytes.len() {
            let mut broken = bytes.clone();
            broken[cut] = 0xff;
            // Whatever it makes of it, it returns.
            decode(&broken);
        }
        assert!(decode(&[]).is_none());
    }
}
