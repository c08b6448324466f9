#include "probe/config/document.h"

#include <gtest/gtest.h>

#include "probe/config/nesting.h"

namespace gaikei {
namespace {

Document Parsed(const std::string& text) {
  auto document = ParseDocument("t.toml", 1, text);
  if (document) return std::move(*document);
  ADD_FAILURE() << document.error().Text();
  return {};
}

TEST(ADocument, KeepsTheOrderOfTheFileAndThePlaceOfEveryValue) {
  const Document document = Parsed("[z]\nb = 1\na = \"x\"\n[y]\n");
  ASSERT_EQ(document.root.children.size(), 2U);
  const Node& z = document.root.children[0];
  EXPECT_EQ(z.key, "z");
  EXPECT_EQ(document.root.children[1].key, "y");
  ASSERT_EQ(z.children.size(), 2U);
  EXPECT_EQ(z.children[0].key, "b");
  EXPECT_EQ(z.children[0].position.line, 2U);
  EXPECT_EQ(z.children[0].position.column, 5U);
  EXPECT_EQ(z.children[1].key_position.line, 3U);
  EXPECT_EQ(z.children[1].key_position.column, 1U);
  EXPECT_EQ(z.children[1].text, "x");
}

TEST(ADocument, HoldsEveryKindOfValue) {
  const Document document = Parsed(
      "a = 1\nb = 1.5\nc = true\nd = \"x\"\ne = 2026-12-01T02:00:00+09:00\nf = [1]\ng = {}\n");
  const std::vector<NodeKind> kinds = {NodeKind::kInteger, NodeKind::kNumber, NodeKind::kBoolean,
                                       NodeKind::kString,  NodeKind::kDate,   NodeKind::kArray,
                                       NodeKind::kTable};
  ASSERT_EQ(document.root.children.size(), kinds.size());
  for (std::size_t i = 0; i < kinds.size(); ++i)
    EXPECT_EQ(document.root.children[i].kind, kinds[i]);
  EXPECT_EQ(document.root.Find("e")->text, "2026-12-01T02:00:00+09:00");
}

unsigned ColumnIn(const std::string& value, std::size_t offset) {
  const Document document = Parsed("k = " + value + "\n");
  const Position position = PositionInString(document.root.children[0], offset);
  EXPECT_EQ(position.line, 1U);
  return position.column;
}

TEST(APlaceInAString, CountsFromItsQuote) {
  EXPECT_EQ(ColumnIn("\"status\"", 0), 6U);
  EXPECT_EQ(ColumnIn("\"status\"", 3), 9U);
  EXPECT_EQ(ColumnIn("'status'", 3), 9U);
  EXPECT_EQ(ColumnIn("\"status\"", 6), 12U);
}

TEST(APlaceInAString, TakesEscapesAndWideCharactersIntoAccount) {
  EXPECT_EQ(ColumnIn(R"("a\"b")", 2), 9U);       // a, \" and then b
  EXPECT_EQ(ColumnIn(R"("a\u00e9b")", 3), 13U);  // two bytes meant, six written
  EXPECT_EQ(ColumnIn(R"("a\U0001F600b")", 5), 17U);
  EXPECT_EQ(ColumnIn("\"a\xc3\xa9"
                     "b\"",
                     3),
            8U);                            // two bytes, one character
  EXPECT_EQ(ColumnIn(R"('a\"b')", 2), 8U);  // no escapes between single quotes
}

TEST(APlaceInAString, OfSeveralLinesIsThatOfTheString) {
  const Document document = Parsed("k = \"\"\"\nabc\n\"\"\"\n");
  const Position position = PositionInString(document.root.children[0], 2);
  EXPECT_EQ(position.line, 1U);
  EXPECT_EQ(position.column, 5U);
}

TEST(Nesting, CountsBracketsAndDotsOutsideOfStringsAndComments) {
  EXPECT_FALSE(FindTooDeep("a.b = 1\n", 2));
  EXPECT_TRUE(FindTooDeep("a.b.c.d = 1\n", 2));
  EXPECT_FALSE(FindTooDeep("a = \"b.c.d.e.f\"\nb = 'a.b.c.d.e'\n# a.b.c.d.e.f\n", 2));
  EXPECT_FALSE(FindTooDeep("a = \"\"\"x.\"\"y.\nz.z.z.z\"\"\"\n", 2));
  EXPECT_FALSE(FindTooDeep("a = [1.5, 2.5, 3.5, 4.5, 5.5]\n", 2));
  EXPECT_EQ(FindTooDeep("a = [[[\n", 2), 6U);
  EXPECT_TRUE(FindTooDeep("a.b = {c.d = {}}\n", 3));
}

TEST(ADocument, OfAMillionLevelsIsAnErrorAndNoCrash) {
  std::string dots = "a";
  for (int i = 0; i < 1'000'000; ++i) dots += ".a";
  for (const std::string& text :
       {dots + " = 1\n", "[" + dots + "]\n", "a = " + std::string(1'000'000, '['),
        "a = " + std::string(1'000'000, '{')}) {
    EXPECT_FALSE(ParseDocument("t.toml", 1, text));
  }
}

TEST(ADocument, LargerThanItsLimitIsRefused) {
  const auto document = ParseDocument("t.toml", 1, std::string(kFileLimit + 1, '\n'));
  ASSERT_FALSE(document);
  EXPECT_EQ(document.error().Text(), "t.toml: larger than 64 MiB");
}

TEST(ADocument, ThatIsNotUtf8IsAnErrorWithItsPlace) {
  const auto document = ParseDocument("t.toml", 1, "a = 1\nb = \"\xff\"\n");
  ASSERT_FALSE(document);
  EXPECT_EQ(document.error().line, 2U);
}

}  // namespace
}  // namespace gaikei
