#include "checks/json_path.h"

#include <gtest/gtest.h>

#include <string>

namespace gaikei {
namespace {

std::string Text(const JsonDocument& document, std::string_view path) {
  const auto found = document.Find(path);
  if (const auto* none = std::get_if<JsonDocument::None>(&found)) return "none: " + none->why;
  if (const auto* number = std::get_if<double>(&found)) return "number " + std::to_string(*number);
  return "text " + std::get<std::string>(found);
}

TEST(JsonDocument, FindsWhatAPathNames) {
  const JsonDocument json(R"({"items":[{"id":7,"on":true}],"name":"x","none":null})");
  EXPECT_EQ(Text(json, "items[0].id"), "number 7.000000");
  EXPECT_EQ(Text(json, "items[0].on"), "text true");
  EXPECT_EQ(Text(json, "items[0]"), R"(text {"id":7,"on":true})");
  EXPECT_EQ(Text(json, "name"), "text x");
  EXPECT_EQ(Text(json, "none"), "text null");
  EXPECT_EQ(Text(json, "items[1]"), "none: no such JSON value");
  EXPECT_EQ(Text(json, "items.id"), "none: no such JSON value");
  EXPECT_EQ(Text(json, "gone"), "none: no such JSON value");
  EXPECT_EQ(Text(JsonDocument("[1,2]"), "[1]"), "number 2.000000");
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
