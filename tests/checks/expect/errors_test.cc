#include <gtest/gtest.h>

#include <initializer_list>
#include <string>

#include "checks/expect/expect.h"

namespace gaikei::expect {
namespace {

/// "COLUMN: MESSAGE" of an expression that is refused.
std::string ErrorOf(std::string_view text, std::string_view kind = "http") {
  const auto compiled = Expression::Compile(text, kind);
  if (compiled) return "compiles";
  return std::to_string(compiled.error().column) + ": " + compiled.error().message;
}

struct Case {
  std::string_view expression;
  std::string_view error;
};

void ExpectErrors(std::initializer_list<Case> cases) {
  for (const auto& [expression, error] : cases) {
    EXPECT_EQ(ErrorOf(expression), error) << expression;
  }
}

TEST(Compile, RefusesWhatHasNotTheShapeOfAnExpectation) {
  ExpectErrors(
      {Case{"", "0: an expectation is SUBJECT OPERATOR VALUE"},
       Case{"   ", "3: an expectation is SUBJECT OPERATOR VALUE"},
       Case{"== 200", "0: an expectation is SUBJECT OPERATOR VALUE"},
       Case{"status", "6: an operator is missing"}, Case{"status ", "7: an operator is missing"},
       Case{"status not", "10: an operator is missing"}, Case{"status ==", "9: a value is missing"},
       Case{"status == ", "10: a value is missing"},
       Case{"status == 200 OK", "14: nothing follows the value; a value with blanks needs quotes"},
       Case{"body contains Welcome home",
            "22: nothing follows the value; a value with blanks needs quotes"},
       Case{"header.server exists now", "21: nothing follows \"exists\""},
       Case{"not body contains 'x'",
            "0: \"not\" stands before the operator: body not contains 'x'"},
       Case{"200 == status", "0: unknown subject \"200\""},
       Case{"body contains 'x", "14: the quote is not closed"},
       Case{"body contains 'x\\", "14: the quote is not closed"},
       Case{R"(body contains 'a\qb')", R"(16: unknown escape "\q"; known: \\ \' \" \n \t)"}});
}

TEST(Compile, RefusesUnknownSubjectsAndSaysWhichIsNear) {
  ExpectErrors(
      {Case{"stauts == 200", "0: unknown subject \"stauts\"; did you mean \"status\"?"},
       Case{"STATUS == 200", "0: unknown subject \"STATUS\"; did you mean \"status\"?"},
       Case{"certificate.daysleft > 3",
            "0: unknown subject \"certificate.daysleft\"; did you mean "
            "\"certificate.days_left\"?"},
       Case{"tls == 1.2",
            "0: unknown subject \"tls\"; known: tls.version, tls.cipher, tls.alpn, tls.ocsp"},
       Case{"heder.server exists",
            "0: unknown subject \"heder.server\"; did you mean \"header.server\"?"},
       Case{"header == 'x'", "6: header needs a name: header.<name>"},
       Case{"header. == 'x'", "7: header needs a name: header.<name>"},
       Case{"header.a:b == 'x'", "8: \"a:b\" is no header name"},
       Case{"header[0] == 'x'", "0: unknown subject \"header[0]\"; known: header.<name>"},
       Case{"phase < 1s", "5: phase needs a name: phase.<name>"},
       Case{"phase.conect < 1s", "6: unknown phase \"conect\"; did you mean \"connect\"?"},
       Case{"phase.nothing < 1s",
            "6: unknown phase \"nothing\"; known: resolve, connect, tls, processing, transfer, "
            "other"},
       Case{"status.code == 200", "0: unknown subject \"status.code\"; known: status"},
       Case{"nonsense == 200", "0: unknown subject \"nonsense\""},
       Case{"\x1b[31m == 1", "0: unknown subject \"\\x1b[31m\""}});
}

TEST(Compile, RefusesMalformedJsonPaths) {
  ExpectErrors(
      {Case{"json. == 1", "5: json. needs a path, as in json.items[0].id"},
       Case{"json.a[-1] == 1", "7: a JSON index counts from 0; negative ones do not exist"},
       Case{"json.a[ == 1", "7: brackets hold an index, * or a name in quotes"},
       Case{"json.a[1 == 1", "6: the bracket is not closed"},
       Case{"json.a[x] == 1", "7: brackets hold an index, * or a name in quotes"},
       Case{"json.a[9999999999] == 1", "7: the JSON index is too large"},
       Case{"json.a[\"b] == 1", "7: the quote is not closed"},
       Case{"json.a..b == 1", "7: a name is missing in the JSON path"},
       Case{"json.a. == 1", "7: a name is missing in the JSON path"},
       Case{"json[0]id == 1", "7: a JSON path goes on with \".\" or \"[\" here"},
       Case{"json.a]b == 1", "6: a JSON path goes on with \".\" or \"[\" here"}});
}

TEST(Compile, RefusesQuantifiersWhereThereIsOneValue) {
  ExpectErrors(
      {Case{"json.a all > 1",
            "7: \"any\" and \"all\" go with a path that has [*]: json.items[*].id"},
       Case{"any(json.a) > 1",
            "0: \"any\" and \"all\" go with a path that has [*]: json.items[*].id"},
       Case{"status any == 200", "7: status is one value: nothing for \"any\" and \"all\""},
       Case{"all(status) == 200", "0: status is one value: nothing for \"any\" and \"all\""},
       Case{"all(json.a[*] > 1", "0: a \")\" is missing after the subject"},
       Case{"all(stauts) > 1", "4: unknown subject \"stauts\"; did you mean \"status\"?"},
       Case{"all(json.a[*]) any > 1", "15: a second \"any\""},
       Case{"json.a[* > 1", "6: the bracket is not closed"},
       Case{"json.a[*]all > 1", "9: a JSON path goes on with \".\" or \"[\" here"}});
  std::string deep = "json";
  for (int i = 0; i < 65; ++i) deep += "[0]";
  EXPECT_EQ(ErrorOf(deep + " == 1"), "196: the JSON path has more than 64 parts");
}

TEST(Compile, RefusesUnknownOperatorsAndThoseThatMakeNoSense) {
  ExpectErrors(
      {Case{"status = 200", "7: unknown operator \"=\"; did you mean \"==\"?"},
       Case{"status => 200", "7: unknown operator \"=>\"; did you mean \">=\"?"},
       Case{"status <> 200", "7: unknown operator \"<>\"; did you mean \"!=\"?"},
       Case{"body =~ 'x'", "5: unknown operator \"=~\"; did you mean \"matches\"?"},
       Case{"body contaisn 'x'", "5: unknown operator \"contaisn\"; did you mean \"contains\"?"},
       Case{"body not contaisn 'x'",
            "9: unknown operator \"contaisn\"; did you mean \"contains\"?"},
       Case{"status is 200", "7: unknown operator \"is\"; did you mean \"in\"?"},
       Case{"body startswith 'x'",
            "5: unknown operator \"startswith\"; known: == != < <= > >= contains matches in "
            "exists, each also with \"not\" before it"},
       Case{"status contains 'x'", "7: \"contains\" makes no sense for status, which is a number"},
       Case{"duration matches 'x'",
            "9: \"matches\" makes no sense for duration, which is a number"},
       Case{"body < 3", "5: \"<\" makes no sense for body, which is a text"},
       Case{"body not >= 3", "9: \">=\" makes no sense for body, which is a text"},
       Case{"tls.cipher < x", "11: \"<\" makes no sense for tls.cipher, which is a text"}});
}

TEST(Compile, RefusesValuesOfTheWrongType) {
  ExpectErrors(
      {Case{"status == potato", "10: \"potato\" is no number"},
       Case{"status == 0x1F", "10: \"0x1F\" is no number"},
       Case{"status == +200", "10: \"+200\" is no number"},
       Case{"status == inf", "10: \"inf\" is no number"},
       Case{"status == 1e999", "10: \"1e999\" is no number"},
       Case{"status == '200'", "10: status is a number; \"200\" in quotes is a text"},
       Case{"duration < 800", "11: \"800\" needs a unit, as in \"800ms\" or \"800s\""},
       Case{"phase.connect < 0.5", "16: \"0.5\" needs a unit, as in \"0.5ms\" or \"0.5s\""},
       Case{"duration < potato",
            "11: \"potato\" is no duration; write it as \"250ms\", \"1.5s\" or \"2m\""},
       Case{"body.size < 64KB",
            "12: \"64KB\" is no size; write it as \"64KiB\", \"8MiB\" or in bytes"},
       Case{"body.size < -1", "12: \"-1\" is no size; write it as \"64KiB\", \"8MiB\" or in bytes"},
       Case{"certificate.days_left > soon",
            "24: \"soon\" is no number of days; write it as \"14\" or \"14d\""},
       Case{"tls.version >= 1.4", "15: \"1.4\" is no TLS version; known: 1.0, 1.1, 1.2, 1.3"},
       Case{"http.version == h2", "16: \"h2\" is no HTTP version; known: 1.0, 1.1, 2, 3"},
       Case{"address == localhost", "11: \"localhost\" is no numeric address"},
       Case{"certificate.sha256 == ab",
            "22: a SHA-256 fingerprint has 64 hexadecimal digits, this one 2"},
       Case{"certificate.sha256 == xyz", "22: \"xyz\" is not hexadecimal"},
       Case{"json.n < 'a'", "9: \"a\" in quotes is a text; an order needs a number"},
       Case{"header.age < old", "13: \"old\" is no number; an order needs one"},
       Case{"body matches '('", "13: the pattern is no RE2 pattern: missing ): ("},
       Case{"body matches '(?=x)'",
            "13: the pattern is no RE2 pattern: invalid perl operator: (?="},
       Case{"body matches '((a{100}){100}){100}'",
            "13: the pattern is no RE2 pattern: invalid repetition size: {100}"}});
}

TEST(Compile, RefusesMalformedListsAndRanges) {
  ExpectErrors(
      {Case{"status in 200", "10: \"in\" takes a range or a list: 200..299, [a, b]"},
       Case{"status in 299..200",
            "10: the range 299..200 is empty: its end is below its beginning"},
       Case{"status in ..299", "10: the range has no beginning"},
       Case{"status in 200..", "15: the range has no end"},
       Case{"status in 200..x", "15: \"x\" is no number"},
       Case{"duration in 100ms..200", "19: \"200\" needs a unit, as in \"200ms\" or \"200s\""},
       Case{"tls.alpn in a..z",
            "12: tls.alpn has no order, hence no range; quote a text that has \"..\""},
       Case{"status in []", "11: the list is empty, so that nothing is in it"},
       Case{"status in [200", "14: \",\" or \"]\" is missing in the list"},
       Case{"status in [200 201]", "15: \",\" or \"]\" is missing in the list"},
       Case{"status in [200,]", "15: a value is missing"},
       Case{"status in [200, x]", "16: \"x\" is no number"},
       Case{"status in [200] x",
            "16: nothing follows the value; a value with blanks needs quotes"}});
}

TEST(Compile, RefusesASubjectOfAnotherKind) {
  EXPECT_EQ(ErrorOf("status == 200", "dns"), "0: status does not apply to a check of kind dns");
  EXPECT_EQ(ErrorOf("header.server exists", "dns"),
            "0: header.<name> does not apply to a check of kind dns");
}

TEST(Compile, RefusesWhatIsTooLong) {
  const std::string longest = "body contains '" + std::string(4096 - 16, 'x') + "'";
  EXPECT_EQ(longest.size(), 4096U);
  EXPECT_EQ(ErrorOf(longest), "compiles");
  EXPECT_EQ(ErrorOf(longest + " "), "4096: the expectation is longer than 4096 bytes");
}

TEST(Compile, RefusesAPatternThatNeedsTooMuchMemory) {
  const std::string error = ErrorOf("body matches '((\\pL{500}){2}|x{900}){1}'");
  EXPECT_EQ(error, "13: the pattern is no RE2 pattern: pattern too large - compile failed");
}

}  // namespace
}  // namespace gaikei::expect
