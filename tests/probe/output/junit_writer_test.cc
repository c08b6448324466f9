#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/probe/output/samples.h"

namespace gaikei::output_test {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::string Document(const std::vector<Outcome>& outcomes) {
  return Written("junit", Plain(), outcomes);
}

TEST(JunitWriter, CountsFailuresAndErrorsApart) {
  const std::string document = Document({Sample("a"), Refused("b"), Skipped("c"), Slow("d")});
  EXPECT_THAT(document, StartsWith("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"));
  EXPECT_THAT(document,
              HasSubstr("<testsuites tests=\"4\" failures=\"1\" errors=\"1\" time=\"0.230000\">"));
  EXPECT_THAT(document,
              HasSubstr("<testcase classname=\"gaikei.tokyo\" name=\"a\" time=\"0.100000\"/>"));
  EXPECT_THAT(document, HasSubstr("<failure type=\"connect_refused\" message=\"connect to "
                                  "192.0.2.1:443: connection refused\">"));
  EXPECT_THAT(document, HasSubstr("<error type=\"prober_skipped\""));
  EXPECT_THAT(document, HasSubstr("<system-out>warn expect_duration: "));
  EXPECT_THAT(document, HasSubstr("timestamp=\"2026-11-23T03:48:00\""));
}

TEST(JunitWriter, EscapesMarkupAndWhatXmlCannotCarry) {
  Outcome outcome = Refused("<a & \"b\">");
  outcome.message = "x\x01\x1b]0;\xff]]>\xef\xbf\xbe";
  const std::string document = Document({outcome});
  EXPECT_THAT(document, HasSubstr("name=\"&lt;a &amp; &quot;b&quot;&gt;\""));
  EXPECT_THAT(document, HasSubstr("message=\"x\\x01\\x1b]0;\\xff]]&gt;\\xff\""));
  EXPECT_THAT(document, Not(HasSubstr("\x1b")));
}

TEST(JunitWriter, IsADocumentAlsoWithoutOutcomes) {
  EXPECT_THAT(Document({}), HasSubstr("<testsuite name=\"gaikei\" tests=\"0\""));
}

}  // namespace
}  // namespace gaikei::output_test
