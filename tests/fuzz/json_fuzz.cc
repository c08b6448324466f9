#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "results/outcome_json.h"

namespace {

/// Hands out the fuzzer's bytes bit by bit.
class Bytes {
 public:
  Bytes(const std::uint8_t* data, std::size_t size)
      : rest_(reinterpret_cast<const char*>(data), size) {}

  std::uint8_t Byte() {
    if (rest_.empty()) return 0;
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return static_cast<std::uint8_t>(c);
  }
  std::string Text() {
    const std::size_t length = std::min<std::size_t>(Byte() % 32, rest_.size());
    std::string text(rest_.substr(0, length));
    rest_.remove_prefix(length);
    return text;
  }
  std::int64_t Integer() {
    std::uint64_t value = 0;
    for (int i = 0; i < 8; ++i) value = value << 8U | Byte();
    return static_cast<std::int64_t>(value);
  }
  gaikei::Span Span() { return gaikei::Span(Integer()); }
  gaikei::WallTime Time() { return gaikei::WallTime(Span()); }

 private:
  std::string_view rest_;
};

gaikei::Phases Phases(Bytes& bytes) {
  gaikei::Phases phases;
  for (auto& spent : phases.spent) {
    if (bytes.Byte() % 2 == 0) spent = bytes.Span();
  }
  phases.other = bytes.Span();
  return phases;
}

gaikei::HttpEvidence Http(Bytes& bytes) {
  gaikei::HttpEvidence http;
  http.status = bytes.Byte();
  http.version = bytes.Text();
  http.size = static_cast<std::uint64_t>(bytes.Integer());
  http.location = bytes.Text();
  http.redirects.push_back(
      {bytes.Text(), 301, bytes.Text(), bytes.Text(), Phases(bytes), bytes.Span()});
  http.headers.emplace_back(bytes.Text(), bytes.Text());
  http.notes.push_back(bytes.Text());
  return http;
}

gaikei::TlsEvidence Tls(Bytes& bytes) {
  gaikei::TlsEvidence tls;
  tls.version = bytes.Text();
  tls.verify_error = bytes.Text();
  tls.expires_at = bytes.Time();
  gaikei::CertificateInfo leaf;
  leaf.subject = bytes.Text();
  leaf.issuer = bytes.Text();
  leaf.not_before = bytes.Time();
  leaf.san = {bytes.Text(), bytes.Text()};
  tls.chain.push_back(std::move(leaf));
  return tls;
}

}  // namespace

/// An outcome with any bytes in every text: one line of JSON that reads back.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Bytes bytes(data, size);
  const auto reasons = gaikei::AllReasons();
  auto check = std::make_shared<gaikei::CheckIdentity>();
  check->name = bytes.Text();
  check->kind = bytes.Text();
  check->target = bytes.Text();
  check->labels = {{bytes.Text(), bytes.Text()}, {bytes.Text(), bytes.Text()}};

  gaikei::Outcome outcome;
  outcome.check = std::move(check);
  outcome.region = bytes.Text();
  outcome.Fail(reasons[bytes.Byte() % reasons.size()], gaikei::Phase::kTls, bytes.Text());
  outcome.scheduled_at = bytes.Time();
  outcome.started_at = bytes.Time();
  outcome.duration = bytes.Span();
  outcome.phases = Phases(bytes);
  outcome.address = bytes.Text();
  outcome.expect.push_back({bytes.Text(), true, true, bytes.Text(), bytes.Text()});
  outcome.attempts.push_back({gaikei::Status::kFail, outcome.reason, bytes.Span()});
  if (bytes.Byte() % 2 == 0) outcome.http = Http(bytes);
  if (bytes.Byte() % 2 == 0) outcome.tls = Tls(bytes);

  for (const bool is_verbose : {false, true}) {
    const std::string json = gaikei::ToJson(outcome, {is_verbose});
    if (json.find('\n') != std::string::npos) __builtin_trap();
    const auto parsed = nlohmann::json::parse(json, nullptr, false);
    if (parsed.is_discarded() || parsed["schema"] != "gaikei.outcome/1") __builtin_trap();
    if (parsed["reason"] != gaikei::Name(outcome.reason)) __builtin_trap();
  }
  return 0;
}
