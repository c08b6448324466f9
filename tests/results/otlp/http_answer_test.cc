#include <gtest/gtest.h>

#include <string>

#include "otlp_rig.h"
#include "results/upstream/otlp/answers.h"

namespace gaikei::otlp {
namespace {

using std::chrono::seconds;
using testing::HttpAnswer;
using Kind = Verdict::Kind;

AnswerContext HttpContext() {
  AnswerContext context;
  context.samples = 10;
  context.now = testing::Epoch();
  return context;
}

Verdict ReadHttp(const PostResponse& response) { return ReadHttpAnswer(response, HttpContext()); }

/// google.rpc.Status with that message.
std::string StatusMessage(const std::string& message) {
  std::string bytes = "\x08\x03\x12";
  bytes += static_cast<char>(message.size());
  return bytes + message;
}

TEST(OtlpHttpAnswer, FollowsTheTableOfTheSpecification) {
  const std::pair<int, Kind> table[] = {
      {200, Kind::kTaken},     {202, Kind::kTaken},     {204, Kind::kTaken},
      {429, Kind::kRetry},     {502, Kind::kRetry},     {503, Kind::kRetry},
      {504, Kind::kRetry},     {413, Kind::kTooLarge},  {400, Kind::kRefused},
      {408, Kind::kRefused},   {409, Kind::kRefused},   {422, Kind::kRefused},
      {500, Kind::kRefused},   {501, Kind::kRefused},   {505, Kind::kRefused},
      {401, Kind::kForbidden}, {403, Kind::kForbidden}, {404, Kind::kForbidden},
      {405, Kind::kForbidden}, {407, Kind::kForbidden}, {415, Kind::kForbidden},
      {301, Kind::kForbidden}, {308, Kind::kForbidden}, {599, Kind::kRefused}};
  for (const auto& [status, kind] : table) {
    EXPECT_EQ(ReadHttp(HttpAnswer(status)).kind, kind) << status;
  }
}

TEST(OtlpHttpAnswer, TriesAgainWhereNoAnswerCame) {
  PostResponse response;
  response.error = "connect to 192.0.2.1:4318: connection refused";
  const Verdict verdict = ReadHttp(response);
  EXPECT_EQ(verdict.kind, Kind::kRetry);
  EXPECT_EQ(verdict.message, response.error);
  EXPECT_FALSE(verdict.retry_after);
}

TEST(OtlpHttpAnswer, RetriesWhatTheConfigurationAddsAndNoMore) {
  AnswerContext context = HttpContext();
  context.retry_statuses = {500};
  EXPECT_EQ(ReadHttpAnswer(HttpAnswer(500), context).kind, Kind::kRetry);
  EXPECT_EQ(ReadHttpAnswer(HttpAnswer(501), context).kind, Kind::kRefused);
}

TEST(OtlpHttpAnswer, WaitsAsLongAsItIsAskedTo) {
  PostResponse response = HttpAnswer(503);
  response.headers.emplace_back("retry-after", "7");
  EXPECT_EQ(ReadHttp(response).retry_after, seconds(7));
  response.headers.back().second = "Mon, 23 Nov 2026 03:48:30 GMT";
  EXPECT_EQ(ReadHttp(response).retry_after, seconds(30));
  response.headers.back().second = "99999999999999";
  EXPECT_EQ(ReadHttp(response).retry_after, std::chrono::minutes(5));
  response.headers.back().second = "soon";
  EXPECT_FALSE(ReadHttp(response).retry_after);
}

TEST(OtlpHttpAnswer, CountsWhatAPartialSuccessRejects) {
  // partial_success { rejected_data_points: 3 error_message: "late" }
  const std::string body = "\x0a\x08\x08\x03\x12\x04late";
  const Verdict verdict = ReadHttp(HttpAnswer(200, "application/x-protobuf", body));
  EXPECT_EQ(verdict.kind, Kind::kTaken);
  EXPECT_EQ(verdict.rejected, 3U);
  EXPECT_EQ(verdict.message, "3 data points rejected: late");
  const Verdict warning =
      ReadHttp(HttpAnswer(200, "application/x-protobuf", "\x0a\x06\x12\x04late"));
  EXPECT_EQ(warning.rejected, 0U);
  EXPECT_EQ(warning.message, "taken, with a warning: late");
}

TEST(OtlpHttpAnswer, NeverRejectsMoreThanWasSent) {
  const Verdict verdict =
      ReadHttp(HttpAnswer(200, "application/json",
                          R"({"partialSuccess":{"rejectedDataPoints":"18446744073709551615"}})"));
  EXPECT_EQ(verdict.rejected, 10U);
  // rejected_data_points: -1
  const std::string body = "\x0a\x0b\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01";
  EXPECT_EQ(ReadHttp(HttpAnswer(200, "application/x-protobuf", body)).rejected, 0U);
}

TEST(OtlpHttpAnswer, ReadsAPartialSuccessInJson) {
  AnswerContext context = HttpContext();
  context.is_json = true;
  context.signal = Signal::kLogs;
  for (const char* body :
       {R"({"partialSuccess":{"rejectedLogRecords":"2","errorMessage":"no"},"more":[1]})",
        R"({"partialSuccess":{"rejectedLogRecords":2,"errorMessage":"no"}})"}) {
    for (const char* type : {"application/json; charset=utf-8", ""}) {
      const Verdict verdict = ReadHttpAnswer(HttpAnswer(200, type, body), context);
      EXPECT_EQ(verdict.kind, Kind::kTaken);
      EXPECT_EQ(verdict.rejected, 2U) << body << type;
      EXPECT_EQ(verdict.message, "2 log records rejected: no");
    }
  }
  for (const char* body : {"{}", R"({"partialSuccess":null})", R"({"partialSuccess":{}})"}) {
    const Verdict verdict = ReadHttpAnswer(HttpAnswer(200, "application/json", body), context);
    EXPECT_EQ(verdict.rejected, 0U);
    EXPECT_EQ(verdict.message, "") << body;
  }
}

TEST(OtlpHttpAnswer, KeepsWhatSomethingElseThanAReceiverHasAnswered) {
  const Verdict verdict =
      ReadHttp(HttpAnswer(200, "text/html; charset=utf-8", "<html>Please log in</html>"));
  EXPECT_EQ(verdict.kind, Kind::kForbidden);
  EXPECT_EQ(verdict.message, "HTTP 200 with a page of HTML, which no OTLP receiver sends");
}

TEST(OtlpHttpAnswer, SaysSoWhereASuccessCannotBeRead) {
  const std::pair<const char*, std::string> answers[] = {
      {"application/x-protobuf", "\x0a\xff"},
      {"application/json", "{\"partialSuccess\":7}"},
      {"application/json", "[]"},
      {"application/json", std::string(100000, '[')},
      {"", "ok"},
      {"text/plain", "ok"}};
  for (const auto& [type, body] : answers) {
    const Verdict verdict = ReadHttp(HttpAnswer(200, type, body));
    EXPECT_EQ(verdict.kind, Kind::kTaken);
    EXPECT_EQ(verdict.rejected, 0U);
    EXPECT_NE(verdict.message.find("cannot be read"), std::string::npos) << type;
  }
  PostResponse endless = HttpAnswer(200, "application/x-protobuf", std::string(1000, '\0'));
  endless.is_cut_off = true;
  EXPECT_NE(ReadHttp(endless).message.find("too large"), std::string::npos);
}

TEST(OtlpHttpAnswer, ShowsWhatTheServerSaysEscapedAndBounded) {
  EXPECT_EQ(ReadHttp(HttpAnswer(400, "application/x-protobuf", StatusMessage("bad \x1b[31mname")))
                .message,
            "HTTP 400: bad \\x1b[31mname");
  EXPECT_EQ(
      ReadHttp(HttpAnswer(400, "application/json", R"({"code":3,"message":"bad name"})")).message,
      "HTTP 400: bad name");
  EXPECT_EQ(ReadHttp(HttpAnswer(500, "text/plain", "oops\r\n")).message,
            "HTTP 500: oops\\x0d\\x0a");
  EXPECT_LT(ReadHttp(HttpAnswer(500, "text/plain", std::string(100000, 'x'))).message.size(), 300U);
  EXPECT_EQ(ReadHttp(HttpAnswer(404, "text/html", "<html>")).message, "HTTP 404");
  EXPECT_EQ(ReadHttp(HttpAnswer(400, "application/x-protobuf", "\xff\xff")).message, "HTTP 400");
  PostResponse moved = HttpAnswer(301);
  moved.headers.emplace_back("location", "https://other.example/");
  EXPECT_EQ(ReadHttp(moved).message, "HTTP 301, which points to https://other.example/");
}

}  // namespace
}  // namespace gaikei::otlp
