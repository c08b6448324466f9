#include "checks/parts/json_path.h"

#include <gtest/gtest.h>

#include <string>

namespace gaikei {
namespace {

std::string Text(const JsonDocument& document, std::string_view path) {
  const auto found = document.Find(path);
  if (const auto* none = std::get_if<JsonDocument::None>(&found)) return "none: " + none->why;
  if (const auto* number = std::get_if<double>(&found)) return "number " + std::to_string(*number);
  if (const bool* flag = std::get_if<bool>(&found)) return *flag ? "true" : "false";
  if (std::holds_alternative<JsonDocument::Null>(found)) return "null";
  if (const auto* whole = std::get_if<JsonDocument::Whole>(&found)) return "whole " + whole->text;
  return "text " + std::get<std::string>(found);
}

TEST(JsonDocument, FindsWhatAPathNames) {
  const JsonDocument json(R"({"items":[{"id":7,"on":true}],"name":"x","none":null})");
  EXPECT_EQ(Text(json, "items[0].id"), "number 7.000000");
  EXPECT_EQ(Text(json, "items[0].on"), "true");
  EXPECT_EQ(Text(json, "items[0]"), R"(whole {"id":7,"on":true})");
  EXPECT_EQ(Text(json, "name"), "text x");
  EXPECT_EQ(Text(json, "none"), "null");
  EXPECT_EQ(Text(json, "items[1]"), "none: no such JSON value");
  EXPECT_EQ(Text(json, "items.id"), "none: no such JSON value");
  EXPECT_EQ(Text(json, "gone"), "none: no such JSON value");
  EXPECT_EQ(Text(JsonDocument("[1,2]"), "[1]"), "number 2.000000");
}

TEST(JsonDocument, FindsNamesInQuotes) {
  const JsonDocument json(R"({"a key":{"x.y":[1]},"it's":2})");
  EXPECT_EQ(Text(json, R"(["a key"]["x.y"][0])"), "number 1.000000");
  EXPECT_EQ(Text(json, R"(["it's"])"), "number 2.000000");
  EXPECT_EQ(Text(json, R"(["a key"])"), R"(whole {"x.y":[1]})");
  EXPECT_EQ(Text(json, R"(["a key)"), "none: malformed JSON path");
}

TEST(JsonDocument, SaysWhyThereIsNothingToFind) {
  EXPECT_EQ(Text(JsonDocument("<html>"), "a"), "none: the body is no JSON");
  EXPECT_EQ(Text(JsonDocument(""), "a"), "none: the body is no JSON");
  EXPECT_EQ(Text(JsonDocument(std::string(100'000, '[')), "[0]"),
            "none: the body is JSON nested deeper than 64");
  EXPECT_EQ(Text(JsonDocument(R"("[[[ in a text \" [[[")"), ""), R"(text [[[ in a text " [[[)");
}

TEST(JsonDocument, CountsWhatHasALength) {
  const JsonDocument json(
      R"({"a":[1,2],"t":"z\u00fcrich","o":{"x":1},"p":{"length":"long"},"n":7})");
  EXPECT_EQ(Text(json, "a.length"), "number 2.000000");
  EXPECT_EQ(Text(json, "t.length"), "number 6.000000");
  EXPECT_EQ(Text(json, "o.length"), "number 1.000000");
  EXPECT_EQ(Text(json, "length"), "number 5.000000");
  EXPECT_EQ(Text(json, "p.length"), "text long");
  EXPECT_EQ(Text(json, R"(o["length"])"), "none: no such JSON value");
  EXPECT_EQ(Text(json, "n.length"), "none: no such JSON value");
  EXPECT_EQ(Text(json, "a.length.length"), "none: no such JSON value");
}

/// The values with commas between, then how many were missing.
std::string All(const JsonDocument& document, std::string_view path) {
  const JsonDocument::Many many = document.FindAll(path);
  if (many.values.empty()) return "none: " + many.none.why;
  std::string text;
  for (const auto& found : many.values) {
    const double* number = std::get_if<double>(&found);
    text += (number != nullptr ? std::to_string(static_cast<int>(*number))
                               : std::get<std::string>(found)) +
            ", ";
  }
  return text + std::to_string(many.missing) + " missing";
}

TEST(JsonDocument, FindsAllThatWildcardsLeadTo) {
  const JsonDocument json(
      R"({"items":[{"id":7,"tags":["a","b"]},{"tags":["c"]},{"id":9,"tags":[]}],"by":{"x":1,"y":2}})");
  EXPECT_EQ(All(json, "items[*].id"), "7, 9, 1 missing");
  EXPECT_EQ(All(json, "items[*].tags[*]"), "a, b, c, 0 missing");
  EXPECT_EQ(All(json, "items[*].tags.length"), "2, 1, 0, 0 missing");
  EXPECT_EQ(All(json, "by[*]"), "1, 2, 0 missing");
  EXPECT_EQ(All(json, "items[*].tags[0]"), "a, c, 1 missing");
  EXPECT_EQ(All(json, "items[2].tags[*]"), "none: no such JSON value");
  EXPECT_EQ(All(json, "gone[*]"), "none: no such JSON value");
  EXPECT_EQ(All(json, "items[*"), "none: malformed JSON path");
  EXPECT_EQ(All(JsonDocument("<"), "a[*]"), "none: the body is no JSON");
}

TEST(JsonDocument, FindsNoMoreThanAnybodyCanLookAt) {
  std::string row = "[0";
  for (int i = 1; i < 200; ++i) row += ",0";
  row += "]";
  std::string text = "[" + row;
  for (int i = 1; i < 200; ++i) text += "," + row;
  const JsonDocument::Many many = JsonDocument(text + "]").FindAll("[*][*]");
  EXPECT_TRUE(many.values.empty());
  EXPECT_EQ(many.none.why, "there are more than 10000 such JSON values");
  EXPECT_TRUE(many.none.is_untold);
}

}  // namespace
}  // namespace gaikei
