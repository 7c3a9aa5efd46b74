//! What a query and its response are to each other: an echo, or strangers.

use std::sync::LazyLock;

use xxhash_rust::xxh3::xxh3_64;

use crate::record::words::{Text, each_word, fold};

use super::signs::{Sign, Signs};

/// Letters and digits a query must have for its echo to count, about six words: a response may well open with
/// a name or with the term that was asked for. A character of a script without spaces counts three times.
const ECHO: usize = 24;

/// Different content words of a query, and content words of a response, below which sharing none says
/// nothing: "continue", "what does this mean", "yes, because it rained". With these bounds 4 of 11,163 first
/// queries of real chats are off topic (orders for a poem or a story), and 799 when each gets the response of
/// another: what is found is found in masses where responses were mixed up, and rarely by mistake.
const QUERY: usize = 8;
const RESPONSE: usize = 40;

/// Function words that both must have: fewer, and they are in different languages, or one of them is code.
const COMMON: usize = 4;

/// Bytes of the start and of the end of a query that are read: an order stands before or behind a document.
const END: usize = 2048;

/// Bytes of a response in which almost every response takes up a word of the query.
const HEAD: usize = 512;

/// Characters of a word that are compared: "develop", "developers" and "development" are one word.
const STEM: usize = 5;

/// Looks at a query and the response to it; at their topics only if the query is the `first` one.
pub(super) fn look(query: &str, response: &str, first: bool, found: &mut Signs) {
    found.insert_if(Sign::Echo, is_echo(query, response));
    found.insert_if(Sign::OffTopic, first && is_off_topic(query, response));
}

/// Does the response begin with the whole query, as a sentence of its own? A heading or the start of a sentence
/// that the response carries on is no echo, and neither is a sentence with a blank that it fills. Ends at the first letter that differs.
fn is_echo(query: &str, response: &str) -> bool {
    let mut echo = response.char_indices().filter(|(_, c)| c.is_alphanumeric());
    let (mut size, mut end) = (0, 0);
    for asked in query.chars().filter(|c| c.is_alphanumeric()) {
        match echo.next() {
            Some((at, told)) if asked == told || asked.to_lowercase().eq(told.to_lowercase()) => {
                end = at + told.len_utf8();
            }
            _ => return false,
        }
        size += if asked >= '\u{2e80}' { 3 } else { 1 };
    }
    let stops = |text: &str| text.trim_end().ends_with(['.', '?', '!', '。', '？', '！']);
    let between = response[end..].find(char::is_alphanumeric);
    let ends = |between: usize| {
        response[end..end + between].contains(['.', '?', '!', '。', '？', '！', '\n'])
    };
    // A sentence does not go on with a small letter.
    let goes_on =
        |between: usize| response[end + between..].starts_with(|c: char| c.is_lowercase());
    let sentence = |between: usize| stops(query) && ends(between) && !goes_on(between);
    size >= ECHO && !query.contains("__") && between.is_none_or(sentence)
}

fn is_off_topic(query: &str, response: &str) -> bool {
    if query.len() < QUERY * 2 || response.len() < least_bytes(response.is_ascii()) {
        return false;
    }
    let mut scratch = String::new();
    let start = &query[..query.floor_char_boundary(END)];
    let end = &query[query.ceil_char_boundary(query.len().saturating_sub(END)).max(start.len())..];
    let asked = Words::of(&[start, end], &mut scratch);
    if asked.content.len() < QUERY || asked.function.len() < COMMON {
        return false;
    }
    let head = &response[..response.floor_char_boundary(HEAD)];
    let shares = |told: &Words| told.content.iter().any(|word| asked.content.has(*word));
    if shares(&Words::of(&[head], &mut scratch)) || response.contains("```") {
        return false;
    }
    let told = Words::of(&[response], &mut scratch);
    !shares(&told)
        && told.content.len() >= RESPONSE
        && told.function.iter().filter(|word| asked.function.has(**word)).count() >= COMMON
}

/// Bytes below which a response cannot have enough content words: one takes four letters and what parts it from the
/// next; of other scripts two bytes may be enough.
const fn least_bytes(is_ascii: bool) -> usize {
    RESPONSE * if is_ascii { 5 } else { 2 } - 1
}

/// Hashes, sorted and each once.
#[derive(Debug, Default)]
struct Set(Vec<u64>);

impl Set {
    fn of(mut hashes: Vec<u64>) -> Set {
        hashes.sort_unstable();
        hashes.dedup();
        Set(hashes)
    }

    fn has(&self, hash: u64) -> bool {
        self.0.binary_search(&hash).is_ok()
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    fn iter(&self) -> impl Iterator<Item = &u64> {
        self.0.iter()
    }
}

/// The words of a text by their hashes.
#[derive(Debug, Default)]
struct Words {
    /// Stems of words of four letters and more; of scripts without spaces, two characters side by side.
    content: Set,
    function: Set,
}

impl Words {
    fn of(texts: &[&str], scratch: &mut String) -> Words {
        let (mut content, mut function) = (Vec::new(), Vec::new());
        for text in texts {
            fold(Text::Decoded(text), scratch);
            let mut before: Option<char> = None;
            each_word(scratch, |word| {
                let first =
                    word.chars().next().filter(|c| *c >= '\u{e00}' && word.len() == c.len_utf8());
                let whole = xxh3_64(word.as_bytes());
                if FUNCTION.has(whole) {
                    function.push(whole);
                    before = None;
                    return;
                }
                match (before, first) {
                    (Some(one), Some(other)) => {
                        let mut both = String::with_capacity(8);
                        both.extend([one, other]);
                        content.push(xxh3_64(both.as_bytes()));
                    }
                    (None, Some(_)) => {}
                    _ => content.extend(stem(word)),
                }
                before = first;
            });
        }
        Words { content: Set::of(content), function: Set::of(function) }
    }
}

/// The hash of the stem of a word, if it has four letters and is no number.
fn stem(word: &str) -> Option<u64> {
    let is_long = word.chars().nth(3).is_some() && !word.bytes().all(|b| b.is_ascii_digit());
    let end = word.char_indices().nth(STEM).map_or(word.len(), |(at, _)| at);
    is_long.then(|| xxh3_64(&word.as_bytes()[..end]))
}

/// Function words of English, German, French, Spanish, Portuguese, Italian, Russian, Chinese and Japanese,
/// folded and sorted. A word that is missing here counts as content and can only keep a pair from being found.
const FUNCTION_WORDS: &str = "\
    a aber about after against all alle als also always am among an anche and another any ao are \
    as at auch auf aus aussi avait avec avere avoir based be because been before bei being \
    between bien both but by cada can ce ces cet cette che chez chi com comme como con could \
    create cuando cui da dann dans das dass de debe dei dein del della delle dem den der des \
    desde deve did die dies diese diesem dieser dieses do does doing doit donde done dont dos \
    dove du durch during e each ein eine einem einen einer eines el ela ele eles ella elle elles \
    ellos em en entre er era es esa ese essere est esta estar estas este estos está et eu even \
    ever every example examples faire fait few first following for fra from für gegen get gets \
    give given gives gli good ha haben had hanno has hasta hat hatte have having hay he help \
    helps her here hers him his how i ich if ihr ihre il ils in include includes including into \
    io is isso ist it its je jede jeder jedes just kann kein keine know können la las le lei les \
    let leur like lo loro los lui made mais make makes making man many mas may me mehr mein meu \
    mi might mine mio mit molto mon more most much muito muss must muy my más même na nach nas \
    ne need needs nel nella never nicht no noch noi non nor nos nosotros nosso not notre nous \
    nuestro nur não nós o oder of often ogni ohne on onde one only ont onto or os other ou our \
    ours over own où par para pas pela pelo per perché pero peut più please plus pode por porque \
    pour provide provides puede può quando que quem questa questi questo qui quien quoi same \
    sans schon se sehr sein sem senza ser seu shall she should si sich sie sin sind so sobre \
    soll sollte some son sono sont sous still su such suo sur são también também tem tener ter \
    than that the their theirs them then there these they thing things this those through tiene \
    to todo todos ton too tous tout toute toutes tra très tu tuo two tú uma umas un una unas und \
    under une uno unos uns unsere unter us use used uses using vers very viel vom von votre vous \
    wann want wants war waren warum was way ways we weil well wenn wer werden were what when \
    where which while who whom whose why wie will wir wird with within without wo would write \
    wurde y yes yet yo you your yours zum zur zwischen él était être über был была были было \
    быть в все всё вы где для до его если есть еще ещё её за и из или их к как когда кто может \
    можно мы на не но нужно о он она они от по с так также ты у уже что это я あ い か が き く \
    け こ さ し す せ そ た だ っ て で と な に の は ば へ ま も や よ ら り る れ を ん 一 上 \
    下 不 与 个 中 为 么 之 也 了 于 些 什 从 他 以 们 会 何 你 其 到 及 可 吗 呢 和 在 她 如 它 \
    对 就 怎 我 或 把 是 有 的 等 而 能 被 要 让 请 这 那 都";

static FUNCTION: LazyLock<Set> = LazyLock::new(|| {
    Set::of(FUNCTION_WORDS.split(' ').map(|word| xxh3_64(word.as_bytes())).collect())
});

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn function_words_are_sorted_and_folded() {
        assert!(FUNCTION_WORDS.split(' ').is_sorted_by(|one, other| one < other));
        let mut folded = String::new();
        fold(Text::Decoded(FUNCTION_WORDS), &mut folded);
        assert_eq!(folded, FUNCTION_WORDS);
    }

    #[test]
    fn a_response_that_begins_with_the_whole_query_is_an_echo() {
        let query = "What is the capital of France today?";
        assert!(is_echo(query, query));
        assert!(is_echo(query, "**what is the capital of france, today?**\n\nParis."));
        assert!(is_echo("法国的首都是哪个城市？", "法国的首都是哪个城市？是巴黎。"));
        for response in
            ["Paris.", "The capital of France today is Paris.", "What is the capital of", ""]
        {
            assert!(!is_echo(query, response), "{response}");
        }
        assert!(!is_echo(
            "Symmetric and asymmetric encryption",
            "Symmetric and asymmetric encryption are two types."
        ));
        assert!(!is_echo(
            "Chapter 1: The National Stage",
            "Chapter 1: The National Stage\n\nIt was a cold day."
        ));
        assert!(!is_echo("Photosynthesis?", "Photosynthesis is how plants grow."));
        assert!(!is_echo("", "a"));
    }

    const QUERY_TEXT: &str = "How can I repair the rusty brakes of an old bicycle that my father left standing in a wet cellar \
        for several years?";
    const STRANGER: &str = "The orchestra was founded by a group of young musicians who had met in the south. It has \
        played in many theatres of the country, and its recordings of modern symphonies received several prizes. \
        The conductor is known for quiet gestures, precise rehearsals, generous programmes and warm interviews. \
        Critics admire how the strings sing, while audiences love the brass, the percussion, the singers, the dancing, \
        the festival atmosphere, the affordable tickets, the family concerts, the winter tours, the charity events.";

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

        // The shortest texts of so many content words: of four letters each, with one separator between them.
        #[test]
        fn a_text_that_is_too_short_has_not_the_content_words_either(
            words in prop::collection::btree_set("[bcdfghjk]{4}", RESPONSE - 2..RESPONSE + 2),
            between in prop::sample::select(vec![" ", ",", "\n"])
        ) {
            let words: Vec<_> = words.into_iter().collect();
            let text = words.join(between);
            let found = Words::of(&[&text], &mut String::new()).content.len();
            prop_assert_eq!(found, words.len());
            prop_assert_eq!(found >= RESPONSE, text.len() >= least_bytes(true));
        }

        #[test]
        fn the_same_holds_of_texts_without_spaces(
            letters in prop::collection::btree_set(0x4e00_u32..0x9fff, RESPONSE - 1..RESPONSE + 3)
        ) {
            let text: String = letters.into_iter().filter_map(char::from_u32).collect();
            let words = Words::of(&[&text], &mut String::new());
            prop_assert!(words.content.len() < RESPONSE || text.len() >= least_bytes(false));
        }
    }

    #[test]
    fn a_long_response_that_takes_up_no_word_of_a_long_query_is_off_topic() {
        assert!(is_off_topic(QUERY_TEXT, &STRANGER.replace("several", "ten")));
        for (query, response) in [
            (QUERY_TEXT, STRANGER.to_owned()),
            (QUERY_TEXT, STRANGER.replace("strings", "bicycles")),
            (QUERY_TEXT, "Oil them.".to_owned()),
            ("Go on", STRANGER.to_owned()),
            (QUERY_TEXT, STRANGER.replace(' ', " x_")),
            (
                QUERY_TEXT,
                "Man muss die Bremsen zuerst gut reinigen und danach einstellen. ".repeat(12),
            ),
        ] {
            assert!(!is_off_topic(query, &response), "{query} / {response}");
        }
    }

    #[test]
    fn texts_without_spaces_are_compared_by_pairs_of_characters() {
        let query = "请问在潮湿的地下室里放了很多年的旧自行车的刹车应该怎样修理才能安全使用？";
        let stranger = "这个乐团是由一群年轻音乐家创立的，他们在南方相识，曾经到全国各大剧院演出，录制的现代交响曲获得了\
            许多奖项。指挥以安静的手势著称，评论家称赞弦乐声部，观众喜欢铜管和打击乐，都说他们能下决心。";
        assert!(is_off_topic(query, stranger));
        assert!(!is_off_topic(query, &stranger.replace("乐团", "自行车")));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

        #[test]
        fn an_echo_is_what_the_letters_of_the_whole_texts_say(
            query in "[a-cA-C é中,]{0,40}[?a]", rest in "[a-cA ]{0,10}", cut in any::<bool>()
        ) {
            let letters = |text: &str| text.to_lowercase().replace(|c: char| !c.is_alphanumeric(), "");
            let response = if cut { rest.clone() } else { format!("* {}\n{rest}", query.to_uppercase()) };
            let (all, start) = (letters(&query), letters(&response));
            let size: usize = all.chars().map(|c| if c >= '\u{2e80}' { 3 } else { 1 }).sum();
            let goes_on = rest.trim_start().starts_with(char::is_lowercase);
            let whole = start == all || start.starts_with(&all) && query.ends_with('?') && !goes_on;
            prop_assert_eq!(is_echo(&query, &response), whole && size >= ECHO);
        }
    }
}
