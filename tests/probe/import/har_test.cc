#include "probe/import/har.h"

#include <fmt/format.h>

#include "tests/probe/import/support.h"

namespace gaikei {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

/// A recording of these entries.
std::string Har(const std::string& entries) {
  return "{\"log\":{\"version\":\"1.2\",\"entries\":[" + entries + "]}}";
}

/// One entry; `more` stands in its request, `rest` in the entry.
std::string Entry(const std::string& method, const std::string& url, int status,
                  const std::string& more = "", const std::string& rest = "") {
  return fmt::format(
      R"({{"startedDateTime":"2026-11-23T03:48:00.000Z","time":12.7,"request":{{"method":"{}","url":"{}"{}}},)"
      R"("response":{{"status":{},"content":{{"mimeType":"text/html"}}}}{}}})",
      method, url, more.empty() ? "" : "," + more, status, rest.empty() ? "" : "," + rest);
}

std::string Imported(const std::string& har, const HarOptions& options = {}) {
  const auto journey = ImportHar(har, options);
  if (!journey) {
    ADD_FAILURE() << journey.error();
    return "";
  }
  EXPECT_EQ(WhyRefused(*journey), "");
  return JourneyText(*journey);
}

std::string WrongHar(const std::string& har, const HarOptions& options = {}) {
  const auto journey = ImportHar(har, options);
  return journey ? "" : journey.error();
}

HarOptions Hosts(const std::string& host) {
  HarOptions options;
  options.hosts = {host};
  return options;
}

TEST(ARecording, BecomesAJourney) {
  const std::string text = Imported(Har(
      Entry("GET", "https://shop.example/?q=1#top", 200,
            R"("headers":[{"name":":authority","value":"shop.example"},)"
            R"({"name":"Accept","value":"text/html"},{"name":"Cookie","value":"sid=canary"},)"
            R"({"name":"sec-fetch-mode","value":"cors"},{"name":"If-None-Match","value":"x"},)"
            R"({"name":"Accept-Encoding","value":"gzip"},{"name":"Connection","value":"close"},)"
            R"({"name":"User-Agent","value":"Mozilla"},{"name":"X-Mine","value":"1"}])") +
      "," +
      Entry("POST", "https://shop.example/login", 302,
            R"("headers":[{"name":"Content-Type","value":"application/x-www-form-urlencoded"}],)"
            R"("postData":{"mimeType":"application/x-www-form-urlencoded",)"
            R"("text":"user=probe&password=canary","params":[]})")));
  EXPECT_THAT(text, HasSubstr("# recorded: 200 in 13 ms\n"));
  EXPECT_THAT(text, HasSubstr("\"https://shop.example/?q=1\""));
  EXPECT_THAT(text, HasSubstr("{ Accept = \"text/html\", X-Mine = \"1\" }"));
  EXPECT_THAT(text, HasSubstr("[\"status == 200\"]"));
  EXPECT_THAT(text, HasSubstr("form          = { user = \"probe\", password = { env = "
                              "\"PROBE_PASSWORD\" } }"));
  EXPECT_THAT(text, HasSubstr("max_redirects = 0\n"));
  EXPECT_THAT(text, HasSubstr("[\"status == 302\"]"));
  EXPECT_THAT(text, Not(HasSubstr("canary")));
  EXPECT_THAT(text, Not(HasSubstr("Content-Type")));
}

TEST(ARecording, IsInTheOrderOfItsTimes) {
  const auto journey = ImportHar(
      Har(R"({"startedDateTime":"2026-11-23T03:48:02Z","request":{"method":"GET","url":"http://a.example/2"},"response":{"status":200}},)"
          R"({"startedDateTime":"2026-11-23T03:48:01Z","request":{"method":"GET","url":"http://a.example/1"},"response":{"status":200}})"),
      {});
  ASSERT_TRUE(journey);
  ASSERT_THAT(journey->steps, SizeIs(2));
  EXPECT_EQ(journey->steps[0].name, "GET /1");
}

TEST(ARecording, LeavesOutWhatBelongsToPages) {
  const std::string har =
      Har(Entry("GET", "https://a.example/", 200, "", R"("_resourceType":"document")") + "," +
          Entry("GET", "https://a.example/a.png", 200, "", R"("_resourceType":"image")") + "," +
          Entry("GET", "https://a.example/api", 200, "", R"("_resourceType":"xhr")") + "," +
          Entry("GET", "https://cdn.example/api", 200, "", R"("_resourceType":"fetch")") + "," +
          Entry("GET", "data:image/png;base64,AAAA", 200) + "," +
          Entry("GET", "https://a.example/never", 0));
  const auto names = [&](const HarOptions& options) {
    std::vector<std::string> found;
    const auto journey = ImportHar(har, options);
    if (!journey) return std::vector<std::string>{journey.error()};
    for (const ImportedStep& step : journey->steps) found.push_back(step.name);
    return found;
  };
  EXPECT_THAT(names({}), ElementsAre("GET /", "GET /api", "GET /api (2)"));
  EXPECT_THAT(names(Hosts("A.example")), ElementsAre("GET /", "GET /api"));
  HarOptions types;
  types.types = {"xhr", "image"};
  EXPECT_THAT(names(types), ElementsAre("GET /a.png", "GET /api"));
  HarOptions all;
  all.all = true;
  EXPECT_THAT(names(all), SizeIs(4));
  const std::string text = Imported(har);
  EXPECT_THAT(text, HasSubstr("# Left out: 1 images"));
  EXPECT_THAT(text, HasSubstr("# Left out: 1 that are no requests of http or https"));
  EXPECT_THAT(text, HasSubstr("# Left out: 1 that were never answered"));
  EXPECT_THAT(names(Hosts("b.example")), ElementsAre(HasSubstr("Left out: 5 of other hosts")));
}

TEST(ABodyOfARecording, KeepsItsType) {
  const auto with = [](const std::string& mime, const std::string& text) {
    return Imported(
        Har(Entry("POST", "https://a.example/", 200,
                  fmt::format(R"("postData":{{"mimeType":"{}","text":"{}"}})", mime, text))));
  };
  EXPECT_THAT(with("application/json; charset=utf-8", R"({\"a\":1,\"token\":\"canary\"})"),
              HasSubstr("json    = { a = 1, token = { env = \"PROBE_TOKEN\" } }"));
  EXPECT_THAT(with("application/json;charset=utf-8", R"({\"a\":1})"),
              HasSubstr("Content-Type = \"application/json;charset=utf-8\""));
  EXPECT_THAT(with("text/plain", "hello"), HasSubstr("body    = \"hello\""));
  EXPECT_THAT(with("text/plain", "hello"), HasSubstr("Content-Type = \"text/plain\""));
}

TEST(ABodyOfARecording, MayBeGivenAsParameters) {
  EXPECT_THAT(
      Imported(Har(Entry("POST", "https://a.example/", 200,
                         R"("postData":{"mimeType":"application/x-www-form-urlencoded",)"
                         R"("params":[{"name":"a","value":"x y"},{"name":"b","value":"&"}]})"))),
      HasSubstr("form   = { a = \"x y\", b = \"&\" }"));
}

TEST(FilesOfARecording, AreMissed) {
  EXPECT_THAT(Imported(Har(Entry("POST", "https://a.example/", 200,
                                 R"("postData":{"mimeType":"multipart/form-data; boundary=x",)"
                                 R"("params":[{"name":"a","fileName":"b.png"}]})"))),
              HasSubstr("# its files were not recorded: give it a body"));
}

TEST(WhatIsNoRecording, IsRefused) {
  EXPECT_EQ(WrongHar("nonsense"), "no JSON: something is wrong at byte 2");
  EXPECT_EQ(WrongHar("{}"), "no HAR: log.entries is missing");
  EXPECT_EQ(WrongHar("[]"), "no HAR: log.entries is missing");
  EXPECT_EQ(WrongHar(Har("")), "no request to import");
  EXPECT_EQ(WrongHar(Har("1,null,{},{\"request\":[]}")),
            "no request to import; Left out: 4 that are no requests of http or https");
  EXPECT_EQ(WrongHar(std::string(100000, '[')), "nested more deeply than a HAR is");
  EXPECT_EQ(WrongHar(std::string(kImportLimit + 1, ' ')), "larger than 16 MiB");
  EXPECT_EQ(WrongHar(Har(Entry("G T", "https://a.example/", 200))), "request 1: no HTTP method");
}

TEST(ARecordingOfManyRequests, IsToBeChosenFrom) {
  std::string entries;
  for (int i = 0; i < 65; ++i) {
    entries += (i == 0 ? "" : ",") + Entry("GET", "https://a.example/" + std::to_string(i), 200);
  }
  EXPECT_EQ(WrongHar(Har(entries)), "more than 64 requests; choose by --host or --type");
}

TEST(TextsOfARecording, CannotLeaveTheirPlace) {
  HarOptions named;
  named.name = "a\"][b";
  const std::string text =
      Imported(Har(Entry("GET", "https://a.example/\\\"]\\\\x", 200,
                         R"("headers":[{"name":"X-A","value":"\"}\\ = [journey.x]"}])")),
               named);
  EXPECT_THAT(text, HasSubstr("[journey.\"a\\\"][b\"]"));
  EXPECT_THAT(text, HasSubstr(R"(X-A = "\"}\\ = [journey.x]")"));
}

}  // namespace
}  // namespace gaikei
