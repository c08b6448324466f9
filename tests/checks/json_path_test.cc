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

}  // namespace
}  // namespace gaikei
