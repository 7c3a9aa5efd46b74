//! Phrases at the start of a response: refusals, talk of being a model, filler.
//!
//! A list of phrases searched for anywhere misfires: a guard in a story says "I cannot do that", a program
//! prints it, an essay quotes it. So a phrase counts only where a sentence opens, only among the first
//! sentences, and not behind a quotation mark, a dash of dialogue or a fence. Phrases are regular expressions
//! that are run by a finite automaton over a window of fixed size: no input makes them slow.

use memchr::memchr;
use regex::Regex;

use super::signs::{Sign, Signs};

/// A refusal stands in the first sentence or behind a greeting and an apology; later ones are mostly about
/// something else.
const SENTENCES: usize = 3;

/// Bytes from the start within which a sentence must open.
const REACH: usize = 300;

/// Bytes of a sentence that a phrase may take.
const WINDOW: usize = 240;

/// By language: English, German, French, Spanish, Portuguese, Italian, Russian, Chinese, Japanese, Korean.
const REFUSALS: &[&str] = &[
    // An apology and an inability.
    r"(?:(?:i['’]?m|i am) (?:(?:so|very|truly|really|deeply|terribly) )?(?:sorry|afraid)|(?:i )?apologi[zs]e\*{0,2}(?: for [^.,;]*)?|my apologies|sorry|unfortunately|regrettably)(?:,? but|,? that)?,? (?:(?:as|since|because) [^.;\n]*?, )?(?:i (?:(?:simply|just|really|currently|also) )?(?:can['’]?t|cannot|can not|could not|couldn['’]t|won['’]t|will not|must decline|do(?:n['’]t| not) (?:currently )?have (?:the (?:ability|capability|capacity)|access|(?:any )?(?:real-time|specific|enough|information|personal)))|(?:i am|i['’]m|it is|it['’]s|this is|that['’]s) (?:(?:still|currently|just) )?(?:unable|not able|not capable|not possible for me|not permitted|not allowed|not programmed))\b",
    // An inability to do what models are asked for.
    r"i (?:can['’]?t|cannot|can not|won['’]t|will not|am (?:not able|unable) to|am not capable of|['’]m unable to) (?:(?:directly|actually|currently|physically|knowingly|in good conscience) )?(?:be able to )?(?:(?:assist(?:ing)?|comply|fulfill?|provid(?:e|ing)|creat(?:e|ing)|generat(?:e|ing)|writ(?:e|ing)|engage|discuss|answer|access(?:ing)?|browse|open|view|produce|perform|participate|display|endorse|promote|support|encourage|condone|predict(?:ing)?)\b|help (?:you|with|anyone|in|create|write)|(?:do|help with) (?:that|this)\.)",
    r"i['’]m (?:unable|not able) to (?:(?:directly|actually|currently|physically) )?\w+",
    r"i (?:must|have to|need to|will have to) (?:respectfully |politely )?(?:decline|refuse)\b",
    r"i do(?:n['’]t| not) have (?:(?:direct|real-time|the) )?(?:access to|ability to|capability to)",
    r"(?:it is|it['’]s|it would be) (?:not appropriate|inappropriate|not ethical|unethical|against my [\w ]+) (?:for me )?to",
    r"(?:(?:es )?tut mir (?:sehr )?leid|entschuldigung|ich bedaure|ich entschuldige mich)[,.]? (?:aber )?(?:als [^.,;\n]*,? )?(?:ich kann|kann ich|ich darf|darf ich|ich bin nicht|bin ich nicht|ich habe kein|habe ich kein)",
    r"leider (?:kann|darf|bin|habe) ich (?:[\w ]+ )?(?:nicht|kein|keine|keinen)\b",
    r"ich (?:kann|darf|werde) (?:(?:ihnen|dir|dabei|dazu|damit|hier|diese[rsn]?|das|anfrage|leider) )+(?:nicht|keine?)\b",
    r"(?:(?:je suis )?(?:vraiment |sincèrement )?désolée?|malheureusement|je regrette|je m['’]excuse)(?:,? mais)?,? (?:(?:en tant|comme) [^.;\n]*?, ?)?je (?:ne|n['’])\s?(?:peux|suis|puis|dispose|ai|saurais)\b",
    r"je ne (?:peux|suis) pas (?:en mesure de |capable de )?(?:vous |t['’]|te )?(?:aider|fournir|répondre|écrire|créer|générer|accéder|satisfaire|accéder)",
    r"(?:lo siento(?: mucho)?|lamentablemente|desafortunadamente|por desgracia|disculpa|lo lamento)(?:,? pero)?,? (?:como [^.;\n]*?, )?(?:yo )?no (?:puedo|me es posible|soy capaz|tengo|estoy)",
    r"no puedo (?:ayudar|proporcionar|cumplir|responder|asistir|crear|generar|escribir|acceder|brindar)",
    r"(?:desculpe|sinto muito|lamento|infelizmente|peço desculpas)(?:,? mas)?,? (?:como [^.;\n]*?, )?(?:eu )?não (?:posso|consigo|tenho|sou capaz|estou)",
    r"(?:mi dispiace|purtroppo|spiacente|mi scuso)(?:,? ma)?,? (?:(?:in quanto|come) [^.;\n]*?, )?(?:io )?non (?:posso|sono in grado|ho)",
    r"(?:извините|к сожалению|простите|прошу прощения|мне жаль)(?:,? но)?,? (?:как [^.;\n]*?, )?я (?:пока )?не (?:могу|имею|в состоянии|способ)",
    r"(?:我)?(?:真的|非常|很|十分|深感)?(?:抱歉|对不起|對不起|遗憾)[，,、。 ]*(?:但是?|不过)?(?:作[为為][^。\n]*?[，,])?我(?:目前|暂时|现在|并|真的|还)?(?:不能|无法|無法|没有|没法|不具备|不便)",
    r"我(?:无法|不能|無法)(?:为您|为你|帮您|帮你|向您|直接)*(?:提供|回答|协助|帮助|满足|执行|访问|浏览|完成您|生成|撰写)",
    r"(?:大変)?(?:申し訳(?:ありません|ございません|ないです)|すみません|ごめんなさい|残念ながら)(?:が|けど)?[、。,]?[^。\n]*?(?:できません|できかね|お断り|いたしかね|応じられません|ことはできない)",
    r"(?:죄송합니다|죄송하지만|미안하지만|유감스럽게도)[^\n]*?(?:수 없습니다|수 없어요|어렵습니다|못합니다)",
];

const MODELS: &[&str] = &[
    r"(?:(?:but|however|well|sorry|unfortunately|(?:i['’]?m|i am) (?:\w+ )?sorry|(?:i )?apologi[zs]e(?: for [^.,;]*)?|thank you[^.,;]*)(?:,? but)?,? )?(?:as|being|since i['’]?m|since i am|because i['’]m|because i am) (?:an? |just an? )?(?:(?:ai|artificial intelligence|(?:large |ai |artificial intelligence )?language model|ai (?:model|assistant|chatbot|system|language ai))(?:[,.]| i\b| (?:language )?model| assistant| developed| created| trained| designed| chatbot| program)|machine learning model,|virtual assistant,|chatbot,)",
    r"(?:i am|i['’]m) (?:just |only |simply |actually |also )?(?:an? )?(?:(?:ai|artificial intelligence|ai[- ](?:language )?model|ai[- ](?:assistant|chatbot|system)|(?:large )?language model)(?:[,.!]| (?:language )?model| assistant| developed| created| trained| designed| chatbot| program| and\b| so\b)|chatgpt\b)",
    r"als (?:eine? )?(?:(?:ki|ai|künstliche intelligenz)(?:[, ]|-(?:sprachmodell|modell|assistent\w*|system|chatbot))|(?:großes |künstliches )?sprachmodell)",
    r"ich bin (?:nur |lediglich )?eine? (?:ki\b|künstliche intelligenz|(?:großes )?sprachmodell|ki-)",
    r"(?:désolée?,? mais )?en tant (?:qu['’]\s?(?:ia\b|intelligence artificielle|assistante? (?:virtuel|ia|d['’]ia))|que (?:modèle (?:de langage|d['’]ia|linguistique)|chatbot))",
    r"je suis (?:seulement |juste )?une? (?:ia\b|intelligence artificielle|modèle de langage|assistante? virtuel|programme informatique)",
    r"(?:lo siento,? (?:pero )?)?como (?:una? )?(?:ia,|inteligencia artificial|modelo de (?:lenguaje|ia)|asistente (?:de ia|virtual))",
    r"(?:yo )?soy (?:solo |sólo )?una? (?:ia\b|inteligencia artificial|modelo de lenguaje|asistente (?:de ia|virtual)|programa de)",
    r"(?:como|sou) (?:apenas )?(?:uma? )?(?:ia,|inteligência artificial|modelo de (?:linguagem|ia)|assistente (?:de ia|virtual))",
    r"(?:in quanto|come|sono) (?:solo )?(?:un[ao']? ?)?(?:ia,|intelligenza artificiale|modello (?:di linguaggio|linguistico)|assistente virtuale)",
    r"(?:как|я|я всего лишь) (?:большая )?(?:языковая модель|искусственный интеллект|ии[, ]|ии-)",
    r"(?:(?:很|非常)?(?:抱歉|对不起)[，,。]?)?(?:我)?(?:作为|身为|作為)(?:一个|一名|一個|一种|一款|一位)?(?:大型|大)?(?:AI|人工智能|人工智慧|语言模型|語言模型|聊天机器人)\s?(?:语言模型|語言模型|助手|助理|模型|程序|机器人|系统)?(?:[，,、]|我)",
    r"我(?:只)?是(?:一个|一名|一款|一個|由[^，。]*?)?(?:大型|大)?(?:AI|人工智能|人工智慧|语言模型|語言模型)\s?(?:语言模型|語言模型|助手|助理|模型|程序|机器人|系统|[，,。])",
    r"(?:申し訳ありませんが、)?(?:私は)?(?:AI|人工知能|(?:大規模)?言語モデル)(?:言語モデル|アシスタント|チャットボット)?(?:として|なので|ですので|であるため|です。)",
    r"(?:저는 )?(?:AI|인공지능|언어 ?모델)(?: 언어 모델| 어시스턴트| 챗봇)?(?:로서|이기 때문에|입니다|으로서)",
];

const FILLERS: &[&str] = &[
    r"(?:wow[,!] )?(?:what an? |that(?:['’]s| is) (?:an? )?|this is (?:an? )?)?(?:really |very |truly |absolutely )?(?:great|good|excellent|fantastic|wonderful|interesting|fascinating|brilliant|awesome|amazing|thoughtful|insightful) (?:question|query|point you)\b",
    r"(?:certainly|sure(?: thing)?|of course|absolutely|definitely|gladly|no problem|with pleasure)[!,.:] ?\s?\S",
    r"(?:i(?:['’]d| would) be (?:more than )?|i(?:['’]m| am) (?:more than )?)(?:happy|glad|delighted) to (?:help|assist)\b",
    r"(?:thank you|thanks)(?: so much| very much)? for (?:your (?:question|inquiry|interest|message)|asking|reaching out|bringing this)\b",
    r"(?:das ist )?(?:eine )?(?:sehr )?(?:gute|tolle|ausgezeichnete|interessante|großartige|hervorragende|spannende) frage\b",
    r"(?:sehr )?(?:gern|gerne|natürlich|selbstverständlich|klar|na klar|aber sicher|sicher)[!,.] ?\S",
    r"(?:c['’]est (?:une )?|quelle )?(?:très )?(?:bonne|excellente|superbe|belle) question\b",
    r"(?:bien sûr|certainement|absolument|avec plaisir|bien entendu)[\s\u{a0}\u{202f}]?[!,.] ?\S",
    r"(?:qué |es una )?(?:muy )?(?:buena|excelente|gran|interesante) pregunta\b",
    r"(?:claro(?: que sí)?|por supuesto|desde luego|con (?:mucho )?gusto|cómo no)[!,.] ?\S",
    r"(?:(?:que |é uma )?(?:ótima|excelente|boa) pergunta\b|(?:claro|com certeza|com prazer)[!,.] ?\S)",
    r"(?:(?:ottima|bella|buona) domanda\b|(?:certo|certamente|con piacere)[!,.] ?\S)",
    r"(?:(?:отличный|хороший|прекрасный|интересный) вопрос\b|(?:конечно|разумеется|с удовольствием)[!,.] ?\S)",
    r"(?:这|這)?(?:真)?(?:是)?(?:一?[个個])?(?:很|非常)?(?:好|棒|有趣|精彩)的?(?:问题|問題)[，,！!。]",
    r"(?:当然(?:可以|了)?|當然|好的|没问题|很高兴(?:能)?(?:为您|帮助您))[，,！!。]\s?\S",
    r"(?:それは|とても|非常に)*(?:良い|いい|よい|素晴らしい|面白い)(?:ご)?質問",
    r"(?:はい、)?(?:もちろん(?:です)?|かしこまりました|承知(?:いた)?しました)[、。！!]\s?\S",
    r"(?:좋은 질문|물론입니다|물론이죠|네, 물론)",
];

/// The phrases of all languages, ready to search.
#[derive(Debug)]
pub(super) struct Phrases {
    refusals: Option<Regex>,
    models: Option<Regex>,
    fillers: Option<Regex>,
}

impl Phrases {
    pub(super) fn new() -> Phrases {
        // The tests see to it that each compiles.
        let any = |phrases: &[&str]| Regex::new(&format!(r"\A(?i:{})", phrases.join("|"))).ok();
        Phrases { refusals: any(REFUSALS), models: any(MODELS), fillers: any(FILLERS) }
    }

    /// Looks at the first sentences of a response.
    pub(super) fn look(&self, response: &str, found: &mut Signs) {
        let fits = |phrases: &Option<Regex>, sentence: &str| {
            phrases.as_ref().is_some_and(|phrases| phrases.is_match(sentence))
        };
        for (index, sentence) in openings(response).enumerate() {
            found.insert_if(Sign::FillerOpening, index == 0 && fits(&self.fillers, sentence));
            found.insert_if(Sign::Refusal, fits(&self.refusals, sentence));
            found.insert_if(Sign::AsAnAi, fits(&self.models, sentence));
        }
    }
}

/// The first sentences, each from its first letter on and cut at the window.
fn openings(text: &str) -> impl Iterator<Item = &str> {
    let reach = &text[..text.floor_char_boundary(REACH)];
    // What stands behind a fence is code.
    let fence = memchr(b'`', reach.as_bytes()).and_then(|_| reach.find("```"));
    let reach = fence.map_or(reach, |fence| &reach[..fence]);
    let mut next = Some(0);
    std::iter::from_fn(move || {
        let from = next?;
        let rest = &reach[from..];
        let start = from + rest.find(|c| !is_decoration(c))?;
        let ends = |c: char| matches!(c, '.' | '!' | '?' | '\n' | '。' | '！' | '？' | '…');
        next = reach[start..].find(ends).map(|end| {
            let end = start + end;
            end + reach[end..].chars().next().map_or(1, char::len_utf8)
        });
        let window = &text[start..];
        Some(&window[..window.floor_char_boundary(WINDOW)])
    })
    .take(SENTENCES)
}

/// May it stand before a sentence without making it somebody's speech? White space, emphasis, headings, the
/// Spanish marks, pictures.
fn is_decoration(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '*' | '_' | '#' | '¡' | '¿' | '.' | '!' | '?')
        || !c.is_ascii() && !c.is_alphanumeric() && !is_speech(c)
}

/// Quotation marks and dashes of dialogue.
fn is_speech(c: char) -> bool {
    matches!(c, '\u{2010}'..='\u{201f}' | '«' | '»' | '‹' | '›' | '「'..='』' | '《' | '》' | '＂')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signs(text: &str) -> Vec<&'static str> {
        let mut found = Signs::NONE;
        Phrases::new().look(text, &mut found);
        found.iter().map(Sign::name).collect()
    }

    #[test]
    fn every_phrase_compiles() {
        let Phrases { refusals, models, fillers } = Phrases::new();
        assert!(refusals.is_some() && models.is_some() && fillers.is_some());
    }

    #[test]
    fn refusals_are_known_in_many_languages() {
        for text in [
            "I'm sorry, but I can't help with that.",
            "I’m sorry, I cannot fulfill this request.",
            "**I apologize**, but I am unable to open links.",
            "I apologize for the confusion, but I cannot see images.",
            "Hello! Unfortunately, I don't have access to your files.",
            "I cannot provide medical advice.",
            "I must respectfully decline.",
            "Es tut mir leid, aber ich kann dabei nicht helfen.",
            "Leider kann ich Ihnen diese Frage nicht beantworten.",
            "Je suis désolé, mais je ne peux pas vous aider.",
            "Lo siento, pero no puedo ayudarte con eso.",
            "Desculpe, mas não posso fazer isso.",
            "Mi dispiace, ma non posso aiutarti.",
            "Извините, но я не могу ответить на этот вопрос.",
            "很抱歉，我无法提供这些信息。",
            "对不起，我不能回答这个问题。",
            "申し訳ありませんが、そのご質問にはお答えできません。",
            "죄송합니다. 그 요청은 도와드릴 수 없습니다.",
        ] {
            assert!(signs(text).contains(&"refusal"), "{text}");
        }
    }

    #[test]
    fn what_others_say_and_other_inabilities_are_no_refusals() {
        for text in [
            "\"I cannot do that,\" the guard said.",
            "“I'm sorry, but I can't help you,” she whispered.",
            "— Je suis désolé, mais je ne peux pas vous aider, dit-il.",
            "「申し訳ありませんが、できません」と彼は言った。",
            "```python\nprint(\"You cannot debug me\")\nI cannot provide\n```",
            "You cannot divide by zero.",
            "I cannot recommend this book enough.",
            "I can't help but smile.",
            "I'm sorry for your loss.",
            "I'm sorry, which file do you mean?",
            "Sorry for the mistake, here is the code:",
            "The model answers: I cannot provide that.",
            "Ich kann nicht schwimmen, aber ich kann tauchen.",
            "Je ne peux pas attendre de te voir !",
            "No puedo esperar a verte.",
            "我不能吃辣。",
            "Unfortunately, the server cannot be reached.",
            "One. Two. Three. I cannot provide that.",
        ] {
            assert!(!signs(text).contains(&"refusal"), "{text}");
        }
    }

    #[test]
    fn a_writer_that_calls_itself_a_model_is_known_and_people_who_work_with_ai_are_not() {
        for text in [
            "As an AI language model, I have no opinions.",
            "I'm sorry, but as an AI, I cannot feel.",
            "Hi! I'm just an AI, so take this with care.",
            "Als KI-Sprachmodell habe ich keine Meinung.",
            "En tant qu'IA, je n'ai pas d'avis.",
            "Como modelo de lenguaje, no tengo opiniones.",
            "作为一个AI语言模型，我没有情感。",
            "AIとして、意見はありません。",
            "Как языковая модель, я не имею мнения.",
        ] {
            assert!(signs(text).contains(&"as-an-ai"), "{text}");
        }
        for text in [
            "As an AI engineer, you train models.",
            "As an airline pilot, I fly.",
            "I'm an aide to the mayor.",
            "\"As an AI language model, I cannot,\" it said.",
            "Als Kind war ich oft dort.",
            "作为人工智能工程师，你需要数学。",
            "AI is a field of computer science.",
        ] {
            assert!(!signs(text).contains(&"as-an-ai"), "{text}");
        }
    }

    #[test]
    fn praise_and_assent_at_the_very_start_are_filler() {
        for text in [
            "Great question! The sky is blue.",
            "That's a really good question. It depends.",
            "Certainly! Here is a list:",
            "Sure, here's the code.",
            "I'd be happy to help you with that!",
            "Gute Frage! Das hängt davon ab.",
            "Natürlich! Hier ist die Liste.",
            "Bien sûr ! Voici la liste.",
            "¡Claro! Aquí está.",
            "¡Excelente pregunta! Depende.",
            "当然！这是列表。",
            "好的，这是代码。",
            "もちろんです。こちらがリストです。",
            "それは良い質問ですね。",
        ] {
            assert_eq!(signs(text), ["filler-opening"], "{text}");
        }
        for text in [
            "Sure",
            "Sure.",
            "Absolutely not.",
            "Surely, he knew.",
            "A great question of our age is hunger.",
            "The answer is no. Great question!",
            "Of course the sky is blue.",
            "好的习惯很重要。",
            "Claro que no.",
        ] {
            assert!(!signs(text).contains(&"filler-opening"), "{text}");
        }
    }

    #[test]
    fn only_the_first_sentences_are_looked_at_whatever_the_length() {
        let mut sentences = openings("A. B! C? D").map(|s| s.chars().next());
        assert_eq!(sentences.by_ref().flatten().collect::<String>(), "ABC");
        for c in ['a', '.', '"', ' ', '。', '\n'] {
            let long: String = std::iter::repeat_n(c, 400_000).collect();
            let bytes: usize = openings(&long).map(str::len).sum();
            assert!(bytes <= SENTENCES * WINDOW, "{c:?}: {bytes}");
        }
    }
}
