//! What reads like speech in whatever language: vowels and consonants in turn, words divided by blanks. Knows no words.

use super::features::{F, Sheet};

/// Longest value that is examined.
const EXAMINED: usize = 64;

pub(super) fn fill(sheet: &mut Sheet, value: &[u8]) {
    let v = &value[..value.len().min(EXAMINED)];
    let (mut letters, mut vowels, mut run, mut longest) = (0usize, 0usize, 0usize, 0usize);
    for b in v {
        let letter = b.is_ascii_alphabetic();
        let vowel = is_vowel(*b);
        letters += usize::from(letter);
        vowels += usize::from(vowel);
        run = if letter && !vowel { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    let share = (vowels * 100).checked_div(letters);
    sheet.set(F::Vowels, share.map_or(-1, |n| n as i16));
    sheet.set(F::Consonants, longest);
    sheet.set(F::SameRun, same(v));
    sheet.set(F::Spoken, words(v));
}

fn is_vowel(b: u8) -> bool {
    matches!(b | 0x20, b'a' | b'e' | b'i' | b'o' | b'u' | b'y')
}

/// The longest run of one character.
fn same(v: &[u8]) -> usize {
    let runs = v.chunk_by(|a, b| a == b).map(<[u8]>::len);
    runs.max().unwrap_or(0)
}

/// Words of nothing but letters, of any alphabet, where blanks divide the text; 0 where it is not divided.
pub(super) fn words(text: &[u8]) -> usize {
    if !text.contains(&b' ') {
        return 0;
    }
    let spoken = |word: &&[u8]| {
        let end = word.iter().rposition(|b| !b",.!?:;".contains(b));
        let word = end.map_or(&word[..0], |end| &word[..=end]);
        word.len() > 1 && word.iter().all(|b| b.is_ascii_alphabetic() || *b >= 0x80)
    };
    text.split(|b| *b == b' ').filter(spoken).count()
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn sentences_are_counted_in_any_alphabet() {
        for (text, n) in [
            ("Zapomenuté heslo?", 2),
            ("Забыли пароль?", 2),
            ("Salasana", 0),
            ("Tr4in Wind0w", 0),
            ("", 0),
        ] {
            assert_eq!(words(text.as_bytes()), n, "{text}");
        }
    }
}
