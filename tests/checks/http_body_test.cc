/// Bodies that are compressed, honest and not.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/checks/http_rig.h"
#include "tests/support/deflate.h"
#include "tests/support/http_server.h"

namespace gaikei {
namespace {

using support::Gzip;
using support::HttpResponse;
using support::HttpServer;
using testing::HasSubstr;

Observation RunGzip(const std::string& body, bool asks, const std::string& coding = "gzip",
                    HttpResponse::Framing framing = HttpResponse::Framing::kLength) {
  HttpServer server([&](const support::HttpRequest&) {
    return HttpResponse{
        .headers = {{"Content-Encoding", coding}}, .body = body, .framing = framing};
  });
  CheckSpec spec = HttpSpec(server.Url());
  if (asks) spec.http.compression = "gzip";
  return RunHttp(spec);
}

TEST(HttpBody, IsDecodedWhereThatWasAskedFor) {
  const std::string text(100'000, 'x');
  const Observation seen = RunGzip(Gzip(text), true);
  EXPECT_EQ(Verdict(seen), "pass") << seen.message;
  EXPECT_EQ(seen.http->size, text.size());
  EXPECT_EQ(seen.http->wire_size, Gzip(text).size());
}

TEST(HttpBody, ThatGrowsPastEveryMeasureIsTooLarge) {
  const std::string bomb = Gzip(std::string(50'000'000, '\0'));
  for (const auto framing : {HttpResponse::Framing::kLength, HttpResponse::Framing::kChunked}) {
    const Observation seen = RunGzip(bomb, true, "gzip", framing);
    EXPECT_EQ(Verdict(seen), "fail too_large transfer") << seen.message;
    EXPECT_LE(seen.http->size, 8U * 1024 * 1024 + 16'384);
  }
}

}  // namespace
}  // namespace gaikei
