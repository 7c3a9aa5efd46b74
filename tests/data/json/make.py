#!/usr/bin/env python3
r"""Write the JSON conformance cases beside this file.

    make.py        rewrites accept/, reject/, either/ and either.tsv

The cases follow the grammar of RFC 8259, production by production, each with
its near misses. One case is one file; its bytes are the JSON text, without a
line end of its own. A case can be judged in two ways:

  alone    an input of one line, which is the case and an LF. A value that is
           not an object is then B006 (or B005), which says nothing about the
           JSON.
  inside   the line is {"v":CASE}, not the first of its input.

  accept/  JSON. Inside: no error of group B. Alone: at most B005 or B006.
  reject/  not JSON. Both ways: an error of group B; an empty or blank case
           alone: B018.
  either/  the grammar or the RFC leaves a choice (size of numbers, depth,
           lone surrogates, equal keys, a byte order mark), or readers differ
           in fact (NaN, several values, encodings). either.tsv tells our
           verdict: the codes of group B, `-` for none.

A case that holds an LF is one text here and several lines in a file.

A line of the tables is a name, a space and the value. A backslash stands for
itself; <NN>, two hexadecimal digits, is a byte; <EMPTY> is nothing; <REPEAT N
D> is a digit D, N times; <DEEP N> and its like are the functions below.
"""
import re
import shutil
from pathlib import Path

ACCEPT = r"""
number-zero 0
number-minus-zero -0
number-one-digit 7
number-minus-one-digit -7
number-zero-last 10
number-all-digits 1234567890
number-minus-all-digits -9876543210
number-fraction 3.25
number-minus-fraction -3.25
number-zero-fraction 0.0
number-minus-zero-fraction -0.0
number-below-one 0.5
number-minus-below-one -0.5
number-fraction-leading-zeros 0.0005
number-fraction-trailing-zeros 1.5000
number-fraction-many-digits 3.1415926535897932384626433832795028841971
number-exponent 2e5
number-exponent-capital 2E5
number-exponent-plus 2e+5
number-exponent-capital-plus 2E+5
number-exponent-minus 2e-5
number-exponent-capital-minus 2E-5
number-exponent-zero 2e0
number-exponent-leading-zeros 2e005
number-exponent-minus-zero 2e-00
number-zero-exponent 0e1
number-minus-zero-exponent -0e1
number-zero-fraction-exponent -0.0E-0
number-fraction-exponent 6.02e23
number-fraction-exponent-plus 6.02e+23
number-fraction-exponent-minus -6.62E-34
number-two-to-53 9007199254740992
number-two-to-53-plus-one 9007199254740993
number-i32-beyond 2147483648
number-i64-most 9223372036854775807
number-i64-least -9223372036854775808
number-u64-most 18446744073709551615
number-space-after 7<20>
number-space-before <20>7
number-in-array-no-space [1,-2,3.5,4e1]
string-empty ""
string-space " "
string-letters "shop"
string-printable-ascii " !#$%&'()*+,-./0123456789:;<=>?@ABCXYZ[]^_`abcxyz{|}~"
string-delete-character "<7F>"
string-escape-quote "\""
string-escape-backslash "\\"
string-escape-solidus "\/"
string-escape-backspace "\b"
string-escape-form-feed "\f"
string-escape-line-feed "\n"
string-escape-return "\r"
string-escape-tab "\t"
string-escapes-all "\"\\\/\b\f\n\r\t\u0041"
string-solidus-plain "a/b"
string-apostrophe-plain "it's"
string-unicode-escape "\u0041"
string-unicode-escape-small-hex "\u00e9"
string-unicode-escape-capital-hex "\u00E9"
string-unicode-escape-mixed-hex "\uaBcD"
string-unicode-escape-nul "\u0000"
string-unicode-escape-last-control "\u001f"
string-unicode-escape-quote "\u0022"
string-unicode-escape-backslash "\u005c"
string-unicode-escape-delete "\u007F"
string-unicode-escape-line-separator "\u2028"
string-unicode-escape-before-surrogates "\ud7ff"
string-unicode-escape-after-surrogates "\ue000"
string-unicode-escape-noncharacter "\uffff"
string-unicode-escape-bom "\ufeff"
string-unicode-escape-then-digit "\u00e99"
string-surrogate-pair-escape "\ud83d\ude00"
string-surrogate-pair-escape-capital "\uD83D\uDE00"
string-surrogate-pair-escape-mixed "\uD83d\uDe00"
string-surrogate-pair-escape-first "\ud800\udc00"
string-surrogate-pair-escape-last "\udbff\udfff"
string-surrogate-pairs-two "\ud83d\ude00\ud83d\ude01"
string-surrogate-after-escaped-backslash "\\ud800"
string-u-after-escaped-backslash "\\u12"
string-ends-in-escaped-backslash "a\\"
string-ends-in-two-escaped-backslashes "a\\\\"
string-ends-in-escaped-backslash-and-quote "a\\\""
string-only-escaped-quotes "\"\"\""
string-brackets "[{]}"
string-comma-colon ",:,:"
string-comment "/* no */ // comment"
string-json "{\"a\":[1,2]}"
string-first-two-byte "<C2><80>"
string-next-line-character "<C2><85>"
string-last-two-byte "<DF><BF>"
string-first-three-byte "<E0><A0><80>"
string-last-before-surrogates "<ED><9F><BF>"
string-first-after-surrogates "<EE><80><80>"
string-noncharacter-fdd0 "<EF><B7><90>"
string-noncharacter-fffe "<EF><BF><BE>"
string-last-three-byte "<EF><BF><BF>"
string-first-four-byte "<F0><90><80><80>"
string-last-four-byte "<F4><8F><BF><BF>"
string-line-separator-literal "a<E2><80><A8>b"
string-paragraph-separator-literal "a<E2><80><A9>b"
string-bom-literal "<EF><BB><BF>a"
string-replacement-character "<EF><BF><BD>"
string-chinese "<E4><BD><A0><E5><A5><BD>"
string-arabic "<D8><B3><D9><84><D8><A7><D9><85>"
string-combining "e<CC><81>"
string-emoji "<F0><9F><99><82>"
string-emoji-joined "<F0><9F><91><A9><E2><80><8D><F0><9F><9A><80>"
literal-true true
literal-false false
literal-null null
literal-in-array [true,false,null]
literal-in-object {"a":true,"b":false,"c":null}
literal-space-around <20>null<20>
array-empty []
array-empty-space [ ]
array-one [1]
array-one-string ["a"]
array-of-empty-arrays [[],[],[]]
array-nested [[[1],2],3]
array-mixed [1,"a",null,true,{},[]]
array-of-objects [{"a":1},{"a":2}]
array-equal-elements [1,1,1]
array-space-around-commas [1 , 2 , 3]
object-empty {}
object-empty-space { }
object-one {"a":1}
object-two {"a":1,"b":2}
object-nested {"a":{"b":{"c":{}}}}
object-of-arrays {"a":[],"b":[[]]}
object-empty-key {"":1}
object-space-key {" ":1}
object-escaped-key {"\u0061\n\"":1}
object-chinese-key {"<E9><94><AE>":1}
object-keys-differ-in-case {"a":1,"A":2}
object-keys-differ-in-space {"a":1,"a ":2}
object-keys-differ-in-escape {"a":1,"\\u0061":2}
object-equal-keys-in-siblings {"a":{"k":1},"b":{"k":2}}
object-equal-keys-in-parent {"k":{"k":{"k":1}}}
object-equal-values {"a":1,"b":1}
object-key-is-literal-word {"null":null,"NaN":1}
object-space-around-colon {"a" : 1}
object-chat-record {"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello."}]}
space-before <20><20>{"a":1}
space-after {"a":1}<20><20>
space-tab-before <09>{"a":1}
space-tab-after {"a":1}<09>
space-return-before <0D>{"a":1}
space-return-after {"a":1}<0D>
space-line-feed-before <0A>{"a":1}
space-line-feed-after {"a":1}<0A>
space-everywhere <20>{<20>"a"<20>:<20>[<20>1<20>,<20>2<20>]<20>}<20>
space-tabs-everywhere <09>{<09>"a"<09>:<09>[<09>1<09>,<09>2<09>]<09>}<09>
space-returns-everywhere <0D>{<0D>"a"<0D>:<0D>[<0D>1<0D>,<0D>2<0D>]<0D>}<0D>
space-line-feeds-everywhere <0A>{<0A>"a"<0A>:<0A>[<0A>1<0A>,<0A>2<0A>]<0A>}<0A>
space-all-four-mixed <20><09><0D><0A>[<0A><0D><09><20>]
space-pretty-printed {<0A><20><20>"a":<20>[<0A><20><20><20><20>1,<0A><20><20><20><20>2<0A><20><20>]<0A>}
space-pretty-printed-crlf {<0D><0A><09>"a":<20>1<0D><0A>}
"""

REJECT = r"""
number-leading-zero 01
number-leading-zero-minus -01
number-leading-zero-fraction 01.5
number-zeros 00
number-minus-zeros -00
number-plus +1
number-plus-zero +0
number-plus-fraction +1.5
number-minus-only -
number-plus-only +
number-minus-twice --1
number-minus-plus -+1
number-minus-space - 1
number-minus-letter -a
number-minus-typographic <E2><88><92>1
number-dot-only .
number-minus-dot -.
number-dot-first .5
number-minus-dot-first -.5
number-dot-last 5.
number-minus-dot-last -5.
number-zero-dot-last 0.
number-two-dots 1.2.3
number-dots-in-a-row 1..2
number-dot-exponent 1.e5
number-dot-first-exponent .e5
number-comma-decimal 1,5
number-exponent-empty 1e
number-exponent-empty-capital 1E
number-exponent-plus-empty 1e+
number-exponent-minus-empty 1E-
number-exponent-after-fraction-empty 1.5e
number-exponent-zero-empty 0e
number-exponent-fraction 1e1.5
number-exponent-twice 1e2e3
number-exponent-doubled 1ee2
number-exponent-plus-minus 1e+-2
number-exponent-space 1e 2
number-exponent-space-before 1 e2
number-exponent-only e5
number-exponent-minus-only -e5
number-exponent-letter 1ex
number-exponent-caret 1^5
number-hexadecimal 0x1F
number-hexadecimal-minus -0x1F
number-binary 0b101
number-octal 0o17
number-underscore 1_000
number-space-inside 1 000
number-apostrophe 1'000
number-thousands 1,000,000
number-letter-after 1a
number-suffix-long 1L
number-suffix-float 1.5f
number-suffix-big 1n
number-percent 5%
number-division 1/2
number-colon 10:30
number-date 2024-05-01
number-full-width <EF><BC><91>
number-full-width-second 1<EF><BC><92>
number-arabic-indic <D9><A1>
number-nul-after 1<00>
number-infinity-plus +Infinity
number-infinity-short Inf
number-infinity-small infinity
number-infinity-small-short -inf
number-infinity-cut-short Infinit
number-infinity-minus-cut-short -Infinit
number-infinity-longer Infinity1
number-infinity-sign <E2><88><9E>
number-nan-small nan
number-nan-mixed Nan
number-nan-capital NAN
number-nan-minus -NaN
number-nan-cut-short Na
number-nan-longer NaN1
number-nan-microsoft 1.#QNAN
string-not-closed "shop
string-not-opened shop"
string-quote-only "
string-three-quotes <22><22><22>
string-bare shop
string-single-quotes 'shop'
string-single-quote-opens 'shop"
string-single-quote-closes "shop'
string-backticks `shop`
string-typographic-quotes <E2><80><9C>shop<E2><80><9D>
string-full-width-quotes <EF><BC><82>shop<EF><BC><82>
string-quote-inside "a"b"
string-python-prefix b"shop"
string-joined-by-plus "a"+"b"
string-joined-by-space "a" "b"
string-closing-quote-escaped "shop\"
string-backslash-only "\"
string-three-backslashes "\\\"
string-ends-in-backslash "a\
string-escape-a "\a"
string-escape-v "\v"
string-escape-e "\e"
string-escape-s "\s"
string-escape-zero "\0"
string-escape-digit "\1"
string-escape-octal "\101"
string-escape-x "\x41"
string-escape-apostrophe "\'"
string-escape-space "\ "
string-escape-capital-n "\N"
string-escape-capital-t "\T"
string-escape-capital-u "\U0041"
string-escape-bracket "\["
string-escape-hash "\#"
string-escape-raw-tab "\<09>"
string-escape-raw-line-feed "\<0A>"
string-escape-raw-nul "\<00>"
string-escape-two-byte-character "\<C3><A9>"
string-escape-emoji "\<F0><9F><99><82>"
string-escape-in-key {"\q":1}
string-escape-bad-after-good "\n\q"
string-escape-outside \n
string-unicode-escape-outside \u0031
string-unicode-escape-no-digit "\u"
string-unicode-escape-one-digit "\u1"
string-unicode-escape-two-digits "\u12"
string-unicode-escape-three-digits "\u123"
string-unicode-escape-three-digits-and-letter "\u123g"
string-unicode-escape-first-not-hex "\ug123"
string-unicode-escape-middle-not-hex "\u12x4"
string-unicode-escape-braces "\u{41}"
string-unicode-escape-plus "\u+041"
string-unicode-escape-minus "\u-041"
string-unicode-escape-space "\u 041"
string-unicode-escape-x "\u0x41"
string-unicode-escape-full-width "\u<EF><BC><90>041"
string-unicode-escape-cut-off "\u00
string-surrogate-low-cut-short "\ud83d\ude"
string-surrogate-low-not-hex "\ud83d\uzzzz"
string-surrogate-low-bare "\ud83d\u"
string-surrogate-high-and-backslash "\ud83d\"
string-control-nul "a<00>b"
string-control-start-of-heading "a<01>b"
string-control-backspace "a<08>b"
string-control-tab "a<09>b"
string-control-line-feed "a<0A>b"
string-control-vertical-tab "a<0B>b"
string-control-form-feed "a<0C>b"
string-control-return "a<0D>b"
string-control-substitute "a<1A>b"
string-control-escape "a<1B>[31mb"
string-control-unit-separator "a<1F>b"
string-control-in-key {"a<09>b":1}
literal-true-capital True
literal-true-all-capitals TRUE
literal-true-cut-short tru
literal-true-letter t
literal-true-longer truee
literal-true-digit true1
literal-true-quote true"
literal-true-wrong-letter trie
literal-false-capital False
literal-false-all-capitals FALSE
literal-false-cut-short fals
literal-false-letter f
literal-false-longer falsey
literal-null-capital Null
literal-null-all-capitals NULL
literal-null-cut-short nul
literal-null-letter n
literal-null-longer nulll
literal-none None
literal-nil nil
literal-undefined undefined
literal-yes yes
literal-no no
literal-on on
literal-word hello
literal-glued truefalse
literal-split tr ue
literal-minus -true
literal-not !true
literal-escaped \true
array-not-closed [1
array-not-closed-empty [
array-not-closed-after-comma [1,
array-not-closed-nested [[1]
array-not-closed-string ["a
array-not-opened 1]
array-not-opened-empty ]
array-closed-twice [1]]
array-closed-by-brace [1}
array-opened-by-brace {1]
array-closed-by-parenthesis [1)
array-comma-last [1,]
array-comma-last-space [1, ]
array-comma-first [,1]
array-comma-only [,]
array-comma-doubled [1,,2]
array-comma-missing [1 2]
array-comma-missing-strings ["a" "b"]
array-comma-missing-arrays [[][]]
array-comma-after [1],
array-comma-before ,[1]
array-semicolon [1;2]
array-colon [1:2]
array-key ["a":1]
array-full-width-comma [1<EF><BC><8C>2]
array-ellipsis [1,...]
array-parentheses (1,2)
array-angle-brackets <<31>,<32>>
array-minus [-]
array-star [*]
array-bare-word [a]
array-python-none [None]
array-crossed [{"a":1]}
array-mixed-end [1,{"a":2},]
object-not-closed {"a":1
object-not-closed-empty {
object-not-closed-after-key {"a"
object-not-closed-after-colon {"a":
object-not-closed-after-comma {"a":1,
object-not-closed-string {"a":"b
object-not-closed-key {"a
object-not-closed-nested {"a":{"b":1}
object-not-opened "a":1}
object-not-opened-empty }
object-closed-twice {"a":1}}
object-closed-by-bracket {"a":1]
object-opened-by-bracket ["a":1}
object-opened-twice {{"a":1}}
object-comma-last {"a":1,}
object-comma-last-space {"a":1 , }
object-comma-first {,"a":1}
object-comma-only {,}
object-comma-doubled {"a":1,,"b":2}
object-comma-missing {"a":1 "b":2}
object-comma-missing-glued {"a":1"b":2}
object-comma-after {"a":1},
object-comma-for-colon {"a",1}
object-semicolon {"a":1;"b":2}
object-semicolon-after {"a":1};
object-colon-missing {"a" 1}
object-colon-doubled {"a"::1}
object-colon-twice {"a":1:2}
object-colon-only {:}
object-colon-full-width {"a"<EF><BC><9A>1}
object-equals {"a"=1}
object-arrow {"a"=>1}
object-key-missing {:1}
object-key-only {"a"}
object-key-only-second {"a":1,"b"}
object-value-missing {"a":}
object-value-missing-second {"a":1,"b":}
object-value-first {1:"a"}
object-key-bare {a:1}
object-key-single-quotes {'a':1}
object-key-number {1:1}
object-key-null {null:1}
object-key-true {true:1}
object-key-array {[]:1}
object-key-object {{}:1}
object-set-of-numbers {1,2}
object-bare-number {1}
object-array-inside {[1]}
object-crossed {"a":[1}]
object-ellipsis {"a":1,...}
object-python {'a': None, 'b': True}
object-word-after {"a":1} end
object-letter-after {"a":1}x
object-brace-after {"a":1} {
object-bracket-after {"a":1}[
object-quote-after {"a":1}"
object-backslash-after {"a":1}\
object-hash-after {"a":1}#
object-minus-after {"a":1}-
space-form-feed {"a":<0C>1}
space-vertical-tab {"a":<0B>1}
space-backspace {"a":<08>1}
space-nul {"a":<00>1}
space-nul-before <00>{"a":1}
space-nul-after {"a":1}<00>
space-nuls-only <00><00><00><00>
space-delete {"a":<7F>1}
space-file-separator {"a":<1C>1}
space-substitute-after {"a":1}<1A>
space-no-break {"a":<C2><A0>1}
space-next-line {"a":<C2><85>1}
space-ogham {"a":<E1><9A><80>1}
space-en {"a":<E2><80><82>1}
space-zero-width {"a":<E2><80><8B>1}
space-line-separator {"a":<E2><80><A8>1}
space-paragraph-separator {"a":<E2><80><A9>1}
space-ideographic {"a":<E3><80><80>1}
space-word-joiner {"a":<E2><81><A0>1}
space-soft-hyphen {"a":<C2><AD>1}
space-bom-inside {"a":<EF><BB><BF>1}
space-bom-after {"a":1}<EF><BB><BF>
space-bom-twice <EF><BB><BF><EF><BB><BF>{"a":1}
space-bom-after-space <20><EF><BB><BF>{"a":1}
space-escaped {"a":\u00201}
space-html {"a":&nbsp;1}
blank-empty <EMPTY>
blank-space <20>
blank-spaces-and-tabs <20><09><20><09>
blank-return <0D>
comment-block-before /* c */{"a":1}
comment-block-after {"a":1}/* c */
comment-block-inside {"a":/* c */1}
comment-block-empty {"a":/**/1}
comment-block-open {"a":1}/* c
comment-line-before // c<0A>{"a":1}
comment-line-after {"a":1}// c
comment-line-inside {"a":1 // c<0A>}
comment-hash {"a":1} # c
comment-dashes {"a":1} -- c
comment-html <3C>!-- c -->{"a":1}
comment-slash {"a":/1}
wrapper-parenthesis ({"a":1})
wrapper-callback done({"a":1})
wrapper-assignment data={"a":1}
wrapper-record-separator <1E>{"a":1}
wrapper-server-event data: {"a":1}
wrapper-server-event-end data: [DONE]
wrapper-markdown-fence ```json
wrapper-guard-prefix )]}',{"a":1}
wrapper-length-prefix 7:{"a":1}
wrapper-log-prefix 12:00:01 {"a":1}
wrapper-template {{record}}
wrapper-dollar ${"a":1}
wrapper-at @{"a":1}
other-xml <3C>a>1</a>
other-yaml a: 1
other-csv a,b,c
other-ini a=1
other-lisp (a 1)
other-python-set {'a'}
other-escaped-quotes {\"a\":1}
"""

# name, codes alone, codes inside, value. A comma joins several codes.
EITHER = r"""
number-beyond-double - - {"a":1e999}
number-beyond-double-minus - - {"a":-1e999}
number-beyond-double-just - - {"a":1.7976931348623159e308}
number-below-double - - {"a":1e-999}
number-smallest-double - - {"a":5e-324}
number-subnormal-edge - - {"a":2.2250738585072011e-308}
number-u64-beyond - - {"a":18446744073709551616}
number-i64-beyond - - {"a":-9223372036854775809}
number-integer-30-digits - - {"a":123456789012345678901234567890}
number-integer-400-digits - - {"a":<REPEAT 400 7>}
number-fraction-400-digits - - {"a":0.<REPEAT 400 3>}
number-fraction-400-zeros - - {"a":0.<REPEAT 400 0>1}
number-exponent-30-digits - - {"a":1e<REPEAT 30 9>}
number-exponent-zero-mantissa - - {"a":0e999999}
number-exponent-400-zeros - - {"a":1e<REPEAT 400 0>1}
nan-in-object B008 B008 {"a":NaN}
nan-in-array B008 B008 {"a":[1,NaN]}
infinity-in-object B008 B008 {"a":Infinity}
infinity-minus-in-object B008 B008 {"a":-Infinity}
infinity-space-around B008 B008 {"a": Infinity }
surrogate-high-escape B009 B009 {"a":"\ud800"}
surrogate-high-escape-last B009 B009 {"a":"\udbff"}
surrogate-low-escape B009 B009 {"a":"\udc00"}
surrogate-low-escape-last B009 B009 {"a":"\udfff"}
surrogate-high-escape-capital B009 B009 {"a":"\uD83D"}
surrogate-high-then-text B009 B009 {"a":"\ud83dx"}
surrogate-high-then-escape B009 B009 {"a":"\ud83d\n"}
surrogate-high-then-unicode-escape B009 B009 {"a":"\ud83d\u0041"}
surrogate-high-then-escaped-backslash B009 B009 {"a":"\ud83d\\ude00"}
surrogate-high-twice B009 B009 {"a":"\ud83d\ud83d"}
surrogate-high-then-pair B009 B009 {"a":"\ud83d\ud83d\ude00"}
surrogate-pair-reversed B009 B009 {"a":"\ude00\ud83d"}
surrogate-pair-then-low B009 B009 {"a":"\ud83d\ude00\ude00"}
surrogate-pair-split-by-space B009 B009 {"a":"\ud83d \ude00"}
surrogate-low-literal-half B009 B009 {"a":"\ud83d<F0><9F><98><80>"}
surrogate-high-in-key B009 B009 {"\ud800":1}
key-twice B007 B007 {"a":1,"a":2}
key-twice-equal-values B007 B007 {"a":1,"a":1}
key-twice-apart B007 B007 {"a":1,"b":2,"a":3}
key-twice-empty B007 B007 {"":1,"":2}
key-twice-one-escaped B007 B007 {"a":1,"\u0061":2}
key-twice-solidus-escaped B007 B007 {"a/b":1,"a\/b":2}
key-twice-pair-and-literal B007 B007 {"<F0><9F><98><80>":1,"\ud83d\ude00":2}
key-twice-nested B007 B007 {"a":{"b":1,"b":2}}
key-twice-in-array B007 B007 {"a":[{"b":1,"b":2}]}
utf8-byte-ff B003 B003 {"a":"<FF>"}
utf8-byte-fe B003 B003 {"a":"<FE>"}
utf8-continuation-alone B003 B003 {"a":"<80>"}
utf8-continuation-too-many B003 B003 {"a":"<C3><A9><A9>"}
utf8-two-byte-cut-short B003 B003 {"a":"<C3>"}
utf8-three-byte-cut-short B003 B003 {"a":"<E4><BD>"}
utf8-four-byte-cut-short B003 B003 {"a":"<F0><9F><99>"}
utf8-overlong-two B003 B003 {"a":"<C0><AF>"}
utf8-overlong-nul B003 B003 {"a":"<C0><80>"}
utf8-overlong-c1 B003 B003 {"a":"<C1><BF>"}
utf8-overlong-three B003 B003 {"a":"<E0><9F><BF>"}
utf8-overlong-four B003 B003 {"a":"<F0><8F><BF><BF>"}
utf8-surrogate-first B003 B003 {"a":"<ED><A0><80>"}
utf8-surrogate-last B003 B003 {"a":"<ED><BF><BF>"}
utf8-surrogate-pair B003 B003 {"a":"<ED><A0><BD><ED><B8><80>"}
utf8-above-last B003 B003 {"a":"<F4><90><80><80>"}
utf8-lead-f5 B003 B003 {"a":"<F5><80><80><80>"}
utf8-five-bytes B003 B003 {"a":"<F8><88><80><80><80>"}
utf8-latin1 B003 B003 {"a":"caf<E9>"}
utf8-shift-jis B003 B003 {"a":"<93><FA><96><7B>"}
utf8-bad-in-key B003 B003 {"<FF>":1}
utf8-bad-outside-string B003 B003 {"a":<FF>1}
utf8-bad-after-value B003 B003 {"a":1}<FF>
utf16-little-with-bom B002 B003 <FF><FE>{<00>}<00>
utf16-big-with-bom B002 B003 <FE><FF><00>{<00>}
utf16-little B002 B004 {<00>"<00>a<00>"<00>:<00>1<00>}<00>
utf16-big B002 B004 <00>{<00>"<00>a<00>"<00>:<00>1<00>}
utf32-big-with-bom B002 B003 <00><00><FE><FF><00><00><00>{<00><00><00>}
bom-before-object B001 B004 <EF><BB><BF>{"a":1}
bom-and-space-before-object B001 B004 <EF><BB><BF><20>{"a":1}
depth-127 - - <DEEP 127>
depth-128 - B016 <DEEP 128>
depth-129 B016 B016 <DEEP 129>
depth-1000 B016 B016 <DEEP 1000>
depth-2000 B016 B016 <DEEP 2000>
depth-128-objects - B016 <DEEP-OBJECTS 128>
depth-129-objects B016 B016 <DEEP-OBJECTS 129>
depth-2000-objects B016 B016 <DEEP-OBJECTS 2000>
depth-128-twice - B016 <DEEP-TWICE 128>
depth-2000-not-closed B016 B016 <DEEP-OPEN 2000>
values-two-glued B017 B004 {"a":1}{"b":2}
values-two-space B017 B004 {"a":1} {"b":2}
values-two-tab B017 B004 {"a":1}<09>{"b":2}
values-two-line-feed B017 B004 {"a":1}<0A>{"b":2}
values-three B017 B004 {"a":1}{"b":2}{"c":3}
values-object-number B017 B004 {"a":1} 2
values-object-string B017 B004 {"a":1}"b"
values-object-literal B017 B004 {"a":1} null
values-object-array B017 B004 {"a":1}[]
values-number-object B017 B004 1 {"a":1}
values-then-not-json B004 B004 {"a":1}{"b":2}]
top-level-array-empty B006 - []
top-level-array-of-numbers B006 - [1,2]
top-level-array-of-messages B006 - [{"role":"user","content":"Hi"}]
top-level-array-of-objects B005 - [{"a":1}]
top-level-string B006 - "shop"
top-level-number B006 - 7
top-level-true B006 - true
top-level-null B006 - null
"""


def deep(depth):
    """An object with arrays inside, so many open at once."""
    return b'{"a":' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}"


def deep_objects(depth):
    return b'{"a":' * (depth - 1) + b"{}" + b"}" * (depth - 1)


def deep_twice(depth):
    """Two arrays of that depth, one after the other: depth is not a sum."""
    one = b"[" * (depth - 1) + b"]" * (depth - 1)
    return b'{"a":' + one + b',"b":' + one + b"}"


def deep_open(depth):
    return b'{"a":' * depth


SHAPES = {
    "DEEP": deep,
    "DEEP-OBJECTS": deep_objects,
    "DEEP-TWICE": deep_twice,
    "DEEP-OPEN": deep_open,
}
HOLE = re.compile(
    r"<(?:([0-9A-F]{2})|(EMPTY)|REPEAT (\d+) (\d)|([A-Z-]+) (\d+))>")


def value(text):
    """The bytes that a table's value stands for."""
    out = bytearray()
    at = 0
    for hole in HOLE.finditer(text):
        out += text[at:hole.start()].encode()
        byte, empty, times, digit, shape, depth = hole.groups()
        if byte:
            out.append(int(byte, 16))
        elif times:
            out += digit.encode() * int(times)
        elif not empty:
            out += SHAPES[shape](int(depth))
        at = hole.end()
    return bytes(out + text[at:].encode())


def table(text, columns):
    rows = {}
    for line in text.strip("\n").split("\n"):
        name, *rest = line.split(" ", columns)
        assert name not in rows, name
        rows[name] = rest
    return rows


def aligned():
    """Escapes at and across the ends of 32- and 64-byte blocks."""
    for at in (31, 32, 33, 63, 64, 65):
        # The opening of {"a":" is six bytes, so the fill ends at `at`.
        start, fill = b'{"a":"', b"x" * (at - 6)
        for name, text in [
            ("quote", b""),
            ("escape", rb"\n"),
            ("escaped-quote", rb"\""),
            ("escaped-backslash", rb"\\"),
            ("unicode-escape", rb"\u00e9"),
            ("surrogate-pair", rb"\ud83d\ude00"),
            ("three-byte-character", "\u4f60".encode()),
        ]:
            yield f"block-{name}-at-{at}", start + fill + text + b'"}'
    for count in (62, 64, 66, 128):
        yield (f"block-backslashes-{count}",
               b'{"a":"' + b"\\" * count + b'","b":1}')
    yield "array-1000-elements", b"[" + b",".join([b"1"] * 1000) + b"]"
    yield "object-1000-keys", b"{" + b",".join(
        b'"k%d":%d' % (n, n) for n in range(1000)) + b"}"
    yield "depth-100", deep(100)


def aligned_rejects():
    for at in (31, 32, 63, 64):
        start, fill = b'{"a":"', b"x" * (at - 6)
        for name, text in [
            ("control", b"\x01"),
            ("bad-escape", rb"\q"),
            ("short-unicode-escape", rb"\u00"),
        ]:
            yield f"block-{name}-at-{at}", start + fill + text + b'"}'
    for count in (61, 63, 65, 127):
        yield (f"block-backslashes-{count}",
               b'{"a":"' + b"\\" * count + b'","b":1}')


def write(folder, cases):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, content in cases.items():
        (folder / f"{name}.json").write_bytes(content)


def main():
    here = Path(__file__).resolve().parent
    accept = {n: value(v) for n, (v,) in table(ACCEPT, 1).items()}
    reject = {n: value(v) for n, (v,) in table(REJECT, 1).items()}
    either = table(EITHER, 3)
    write(here / "accept", accept | dict(aligned()))
    write(here / "reject", reject | dict(aligned_rejects()))
    write(here / "either", {n: value(v) for n, (_, _, v) in either.items()})
    with open(here / "either.tsv", "w", encoding="ascii") as out:
        print("case", "alone", "inside", sep="\t", file=out)
        for name, (alone, inside, _) in sorted(either.items()):
            print(f"{name}.json", alone, inside, sep="\t", file=out)


if __name__ == "__main__":
    main()
