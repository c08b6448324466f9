#include "results/upstream/remote_write/answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "../samples.h"
#include "rig.h"

namespace gaikei::testing {
namespace {

using remote_write::AnswerContext;
using remote_write::ReadAnswer;
using remote_write::Version;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;
using Kind = Verdict::Kind;

const AnswerContext kMany{.points = 10, .samples = 10};
const AnswerContext kSingle{.points = 1, .samples = 1};

TEST(RemoteWriteAnswer, MeansWhatTheProtocolSays) {
  struct Row {
    int status;
    Kind kind;
  };
  const Row rows[] = {
      {200, Kind::kTaken},     {202, Kind::kTaken},     {204, Kind::kTaken},
      {299, Kind::kTaken},     {301, Kind::kForbidden}, {302, Kind::kForbidden},
      {308, Kind::kForbidden}, {400, Kind::kRefused},   {401, Kind::kForbidden},
      {402, Kind::kForbidden}, {403, Kind::kForbidden}, {404, Kind::kForbidden},
      {405, Kind::kForbidden}, {407, Kind::kForbidden}, {408, Kind::kRetry},
      {409, Kind::kRefused},   {410, Kind::kForbidden}, {413, Kind::kTooLarge},
      {415, Kind::kForbidden}, {418, Kind::kRefused},   {422, Kind::kRefused},
      {425, Kind::kRetry},     {429, Kind::kRetry},     {500, Kind::kRetry},
      {501, Kind::kRetry},     {502, Kind::kRetry},     {503, Kind::kRetry},
      {504, Kind::kRetry},     {507, Kind::kRetry},     {529, Kind::kRetry},
      {599, Kind::kRetry},
  };
  for (const Row& row : rows) {
    for (const AnswerContext& context : {kMany, kSingle}) {
      EXPECT_EQ(ReadAnswer(Answer(row.status, "no\n"), context).kind, row.kind) << row.status;
    }
  }
}

TEST(RemoteWriteAnswer, NoAnswerIsTriedAgain) {
  PostResponse none;
  none.error = "connection refused";
  const Verdict verdict = ReadAnswer(none, kMany);
  EXPECT_EQ(verdict.kind, Kind::kRetry);
  EXPECT_EQ(verdict.message, "connection refused");
}

TEST(RemoteWriteAnswer, StatusesCanBeTriedAgainOnRequest) {
  AnswerContext context = kMany;
  context.retry_statuses = {400, 404};
  EXPECT_EQ(ReadAnswer(Answer(400), context).kind, Kind::kRetry);
  EXPECT_EQ(ReadAnswer(Answer(404), context).kind, Kind::kRetry);
  EXPECT_EQ(ReadAnswer(Answer(422), context).kind, Kind::kRefused);
}

TEST(RemoteWriteAnswer, SaysHowLongToWait) {
  AnswerContext context = kMany;
  context.now = At(Span::zero());
  struct Row {
    std::string text;
    std::optional<Span> wait;
  };
  const Row rows[] = {
      {"", std::nullopt},
      {"7", seconds(7)},
      {"0", Span::zero()},
      {"Mon, 23 Nov 2026 03:48:30 GMT", seconds(30)},
      {"Mon, 23 Nov 2020 03:48:30 GMT", Span::zero()},
      {"Sun, 23 Nov 2036 03:48:30 GMT", minutes(5)},
      {"999999999999999999999", minutes(5)},
      {"soon", std::nullopt},
  };
  for (const int status : {429, 503}) {
    for (const Row& row : rows) {
      const Verdict verdict = ReadAnswer(Answer(status, {}, {{"retry-after", row.text}}), context);
      EXPECT_EQ(verdict.kind, Kind::kRetry);
      EXPECT_EQ(verdict.retry_after, row.wait) << row.text;
    }
  }
  EXPECT_FALSE(ReadAnswer(Answer(400, {}, {{"retry-after", "7"}}), context).retry_after);
}

TEST(RemoteWriteAnswer, WhatItHasAlreadyCountsAsDelivered) {
  struct Row {
    int status;
    std::string body;
    bool is_duplicate;
  };
  const Row rows[] = {
      // Prometheus 2.42 and later.
      {400, "out of order sample\n", true},
      {400, "duplicate sample for timestamp\n", true},
      {400, "too old sample\n", true},
      {400,
       "duplicate sample for timestamp 1700000000000; overrides not allowed: existing 1, new value "
       "2\n",
       true},
      // Mimir, Cortex, Thanos.
      {400,
       "failed pushing to ingester: user=1: the sample has been rejected because another "
       "sample with a more recent timestamp has already been ingested and out-of-order samples "
       "are not allowed (err-mimir-sample-out-of-order).",
       true},
      {400, "user=1: err: sample timestamp out of order; last timestamp: 1", true},
      {409, "store locally: conflict: out of order sample", true},
      // It has not got it, and will not take it.
      {400, "out of bounds\n", false},
      {400, "label names out of order\n", false},
      {400, "snappy: corrupt input\n", false},
      {422, "out of order sample\n", false},
      {400, "", false},
  };
  for (const Row& row : rows) {
    const PostResponse response = Answer(row.status, row.body);
    EXPECT_EQ(ReadAnswer(response, kMany).kind, Kind::kRefused) << row.body;
    const Verdict single = ReadAnswer(response, kSingle);
    EXPECT_EQ(single.kind, row.is_duplicate ? Kind::kTaken : Kind::kRefused) << row.body;
    EXPECT_EQ(single.duplicates, row.is_duplicate ? 1U : 0U) << row.body;
    EXPECT_EQ(single.rejected, 0U);
  }
}

TEST(RemoteWriteAnswer, IsShownHarmlessAndShort) {
  const Verdict verdict = ReadAnswer(
      Answer(400, "\r\n \x1b[31mred\x1b[0m\nsecond line " + std::string(9000, 'x')), kMany);
  EXPECT_EQ(verdict.message, "HTTP 400: \\x1b[31mred\\x1b[0m");
  const Verdict longer = ReadAnswer(Answer(400, std::string(9000, 'x')), kMany);
  EXPECT_LT(longer.message.size(), 250U);
  EXPECT_EQ(ReadAnswer(Answer(500, "<html><body>Sorry", {{"content-type", "Text/HTML; a"}}), kMany)
                .message,
            "HTTP 500");
  EXPECT_THAT(ReadAnswer(Answer(301, {}, {{"location", "https://x.example/\n"}}), kMany).message,
              HasSubstr("which points to https://x.example/\\x0a"));
}

TEST(RemoteWriteAnswer, APageIsNoReceiver) {
  const PostResponse page = Answer(200, "<html>", {{"content-type", "text/html"}});
  AnswerContext context = kMany;
  for (const Version version : {Version::kOne, Version::kTwo}) {
    context.version = version;
    EXPECT_FALSE(IsOtherVersionWanted(page, version));
    EXPECT_EQ(ReadAnswer(page, context).kind, Kind::kForbidden);
  }
}

TEST(RemoteWriteAnswer, OfTwoSaysWhatWasWritten) {
  AnswerContext context = kMany;
  context.version = Version::kTwo;
  EXPECT_TRUE(IsOtherVersionWanted(Answer(415), Version::kTwo));
  EXPECT_TRUE(IsOtherVersionWanted(Answer(415), Version::kOne));
  EXPECT_TRUE(IsOtherVersionWanted(Answer(204), Version::kTwo));
  EXPECT_FALSE(IsOtherVersionWanted(Answer(204), Version::kOne));
  EXPECT_FALSE(IsOtherVersionWanted(Answer(500), Version::kTwo));
  EXPECT_FALSE(IsOtherVersionWanted(Answer(400), Version::kTwo));
  for (const char* name :
       {"x-prometheus-remote-write-samples-written", "x-prometheus-remote-write-histograms-written",
        "x-prometheus-remote-write-exemplars-written"}) {
    const PostResponse written = Answer(200, {}, {{name, "0"}});
    EXPECT_FALSE(IsOtherVersionWanted(written, Version::kTwo));
    EXPECT_EQ(ReadAnswer(written, context).kind, Kind::kTaken);
  }
  EXPECT_EQ(ReadAnswer(Answer(204), context).kind, Kind::kForbidden);
}

}  // namespace
}  // namespace gaikei::testing
