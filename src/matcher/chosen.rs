//! Chosen: whether what stands around a value says that somebody chose it, as people choose passwords. Nothing
//! else is no provider's that looks like a name.

use super::calls::user_of_command;
use super::context::last_word;

/// What stands around a value may say that somebody chose it: a word for such values does, or its place,
/// see [`role`].
pub(super) fn may_be_chosen(before: &[u8], behind: &[u8]) -> bool {
    let placed = matches!(behind, [b'@' | b':', ..]) || user_of_command(before);
    let user = || {
        let word = last_word(before);
        let begins = user_of_command(&before[..before.len() - word.len()]);
        before.ends_with(b":") && (begins || memchr::memmem::find(word, b"://").is_some())
    };
    placed || user() || says_chosen(before) || says_chosen(behind)
}

/// The text holds one of [`CHOSEN`](crate::pattern::outline::CHOSEN), in whatever case: four letters of
/// each, or all.
fn says_chosen(text: &[u8]) -> bool {
    let mut rest = text;
    while let Some(block) = rest.first_chunk() {
        if begins_chosen(block) {
            return true;
        }
        rest = &rest[16..];
    }
    let mut last = [0; 19];
    last[..rest.len()].copy_from_slice(rest);
    begins_chosen(&last)
}

/// Looks at the first 16 places of a block, all at once where the processor can.
#[inline]
fn begins_chosen(block: &[u8; 19]) -> bool {
    let mut any = 0;
    for at in 0..16 {
        let letter = |next: usize| block[at + next] | 0x20;
        let (a, b, c, d) = (letter(0), letter(1), letter(2), letter(3));
        let pass = (a == b'p') & (b == b'a') & (c == b's') & (d == b's');
        let secr = (a == b's') & (b == b'e') & (c == b'c') & (d == b'r');
        let pwd = (a == b'p') & (b == b'w') & (c == b'd');
        any |= u8::from(pass | secr | pwd);
    }
    any != 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::outline::CHOSEN;

    #[test]
    fn every_word_for_chosen_values_is_seen_wherever_it_stands() {
        for word in CHOSEN {
            for word in [word.to_owned(), word.to_ascii_uppercase()] {
                for before in 0..40 {
                    for behind in 0..20 {
                        let text = [&"x".repeat(before), word.as_str(), &"-".repeat(behind)];
                        assert!(says_chosen(text.concat().as_bytes()), "{text:?}");
                    }
                }
            }
        }
        for text in [
            "",
            "pas",
            "PW",
            "a class of words, a path, what is past, a secant",
            "passé",
        ] {
            let is_one = text.starts_with("passé");
            assert_eq!(says_chosen(text.as_bytes()), is_one, "{text}");
        }
    }

    #[test]
    fn so_does_the_place_of_a_password() {
        for (before, behind, placed) in [
            ("https://ada:", "@db", true),
            ("curl -u ", ":x", true),
            ("curl --user ada:", "", true),
            ("call(", ")", false),
            ("type: ", "", false),
        ] {
            let told = may_be_chosen(before.as_bytes(), behind.as_bytes());
            assert_eq!(told, placed, "{before}");
        }
    }
}
