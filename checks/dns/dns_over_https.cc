#include "checks/dns/dns_over_https.h"

#include <fmt/format.h>

#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include "checks/io/engine.h"
#include "checks/io/http/response_head.h"

namespace gaikei {
namespace {

constexpr std::size_t kMessageLimit = 65535;
constexpr std::size_t kHeaderBudget = 64 * 1024;
constexpr int kStatusOk = 200;

const std::string kContentType = "Content-Type";
const std::string kAccept = "Accept";
const std::string kUserAgent = "gaikei/1.0";

const Secret& MediaType() {
  static const Secret kType("application/dns-message", false);
  return kType;
}

/// RFC 8484, 6; parameters are none that we know.
bool HasMediaType(const io::ResponseHead& head) {
  for (const auto& [name, value] : head.fields()) {
    if (!io::EqualsIgnoringCase(name, kContentType)) continue;
    std::string_view type = std::string_view(value).substr(0, value.find(';'));
    while (type.ends_with(' ') || type.ends_with('\t')) type.remove_suffix(1);
    return io::EqualsIgnoringCase(type, MediaType().Reveal());
  }
  return false;
}

/// What a server says to a question is one thing, from its first byte to its last.
void FoldTransfer(Phases& phases) {
  auto& transfer = phases[Phase::kTransfer];
  if (transfer) phases.Add(Phase::kProcessing, *transfer);
  transfer.reset();
}

}  // namespace

DnsOverHttps::DnsOverHttps(const AttemptContext& context, DialResult dialled, io::Url url,
                           io::DnsWireQuery query, std::shared_ptr<const io::TlsSetup> tls,
                           Done done)
    : url_(std::move(url)),
      query_(std::move(query)),
      body_(query_.bytes, false),
      done_(std::move(done)),
      transfer_(context.engine.loop(), context.engine.curl()) {
  io::HttpRequest request;
  request.url = &url_;
  request.method = "POST";
  request.headers = {{&kContentType, &MediaType()}, {&kAccept, &MediaType()}};
  request.body = &body_;
  request.user_agent = &kUserAgent;
  request.body_limit = kMessageLimit;
  request.keep_limit = kMessageLimit;
  request.header_budget = kHeaderBudget;
  request.socket = std::move(dialled.fd);
  request.peer = dialled.peer;
  request.connected = dialled.connected;
  request.tls = std::move(tls);
  transfer_.Send(std::move(request), [this](io::HttpAnswer answer) {
    Result result = Read(std::move(answer));
    const Done report = std::move(done_);
    report(std::move(result));
  });
}

DnsOverHttps::Result DnsOverHttps::Read(io::HttpAnswer answer) const {
  Result result;
  result.phases = answer.phases;
  FoldTransfer(result.phases);
  result.tls = std::move(answer.tls);
  result.tcp = std::move(answer.tcp);
  if (answer.reason != Reason::kNone) {
    result.reason = answer.reason;
    result.message = std::move(answer.message);
    result.phase = answer.phase == Phase::kTransfer ? Phase::kProcessing : answer.phase;
    return result;
  }
  const std::span<const std::uint8_t> bytes(
      reinterpret_cast<const std::uint8_t*>(answer.body.data()), answer.body.size());
  if (answer.head.status() != kStatusOk) {
    result.reason = Reason::kProtocolError;
    result.message = fmt::format("the DoH server answered HTTP status {}", answer.head.status());
  } else if (!HasMediaType(answer.head)) {
    result.reason = Reason::kProtocolError;
    result.message = "the DoH server's answer is not of type application/dns-message";
  } else if (!io::IsAcceptableAnswer(bytes, query_)) {
    result.reason = Reason::kDnsMalformed;
    result.message = "what the DoH server sent is no answer to the question";
  } else {
    result.bytes = std::move(answer.body);
    return result;
  }
  result.phase = Phase::kProcessing;
  return result;
}

DnsOverHttps::Result DnsOverHttps::GiveUp() {
  Result result = Read(transfer_.GiveUp());
  if (result.reason == Reason::kResponseTimeout || result.reason == Reason::kTransferTimeout) {
    result.reason = Reason::kDnsTimeout;
    result.message = "no answer";
  } else if (result.reason == Reason::kTlsTimeout) {
    result.message = "TLS handshake not finished";
  }
  return result;
}

}  // namespace gaikei
