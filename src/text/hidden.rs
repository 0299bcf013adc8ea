//! Which characters hide, and the mark each one gets.
//!
//! Takes a character; tells whether a reader could miss it or a terminal could obey it, and writes its mark.

use std::fmt::Write;

use super::Marks;

/// Tells whether a reader would miss `c` or a terminal might obey it.
///
/// Source: Unicode `Default_Ignorable_Code_Point`, general categories Cc, Cf, Co, Zl, Zp, noncharacters, and the
/// spaces that look like an ordinary one (not U+3000, whose double width shows).
pub(super) fn is_hidden(c: char) -> bool {
    // The common case first: printable ASCII and Latin-1 letters.
    if ('\u{a1}'..'\u{34f}').contains(&c) {
        return c == '\u{ad}';
    }
    match c {
        ' '..='~' => false,
        '\0'..='\u{a0}'
        | '\u{34f}'
        | '\u{600}'..='\u{605}'
        | '\u{61c}'
        | '\u{6dd}'
        | '\u{70f}'
        | '\u{890}'..='\u{891}'
        | '\u{8e2}'
        | '\u{115f}'..='\u{1160}'
        | '\u{1680}'
        | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}'
        | '\u{2000}'..='\u{200f}'
        | '\u{2028}'..='\u{202f}'
        | '\u{205f}'..='\u{206f}'
        | '\u{2800}'
        | '\u{3164}'
        | '\u{e000}'..='\u{f8ff}'
        | '\u{fdd0}'..='\u{fdef}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}'
        | '\u{110bd}'
        | '\u{110cd}'
        | '\u{13430}'..='\u{1343f}'
        | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}'
        | '\u{f0000}'.. => true,
        _ => u32::from(c) & 0xfffe == 0xfffe,
    }
}

/// Appends the mark of `c`.
pub(super) fn push_mark(out: &mut String, c: char, marks: Marks) {
    match marks {
        Marks::Ascii => push_ascii(out, c),
        Marks::Unicode => push_unicode(out, c),
    }
}

fn push_ascii(out: &mut String, c: char) {
    match c {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        // `\xNN` is left to C0 and DEL: above them it would read like a byte that is not UTF-8.
        '\0'..='\u{7f}' => {
            // Writing to a string cannot fail.
            let _ = write!(out, "\\x{:02x}", u32::from(c));
        }
        _ => push_code(out, c),
    }
}

fn push_unicode(out: &mut String, c: char) {
    if let Some(name) = name(c) {
        out.push('‹');
        out.push_str(name);
        out.push('›');
        return;
    }
    match c {
        '\0'..='\u{1f}' => out.extend(char::from_u32(0x2400 + u32::from(c))),
        '\u{7f}' => out.push('␡'),
        '\u{a0}' => out.push('⍽'),
        _ => push_code(out, c),
    }
}

fn push_code(out: &mut String, c: char) {
    let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
}

/// The abbreviations of the Unicode standard, for the characters that analysts meet.
fn name(c: char) -> Option<&'static str> {
    Some(match c {
        '\u{ad}' => "SHY",
        '\u{34f}' => "CGJ",
        '\u{61c}' => "ALM",
        '\u{200b}' => "ZWSP",
        '\u{200c}' => "ZWNJ",
        '\u{200d}' => "ZWJ",
        '\u{200e}' => "LRM",
        '\u{200f}' => "RLM",
        '\u{2028}' => "LSEP",
        '\u{2029}' => "PSEP",
        '\u{202a}' => "LRE",
        '\u{202b}' => "RLE",
        '\u{202c}' => "PDF",
        '\u{202d}' => "LRO",
        '\u{202e}' => "RLO",
        '\u{202f}' => "NNBSP",
        '\u{2060}' => "WJ",
        '\u{2066}' => "LRI",
        '\u{2067}' => "RLI",
        '\u{2068}' => "FSI",
        '\u{2069}' => "PDI",
        '\u{fe0e}' => "VS15",
        '\u{fe0f}' => "VS16",
        '\u{feff}' => "BOM",
        _ => return None,
    })
}
