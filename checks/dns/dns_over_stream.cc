#include "checks/dns/dns_over_stream.h"

#include <fmt/format.h>

#include <cstdint>
#include <string_view>
#include <utility>

#include "checks/io/net/errors.h"

namespace gaikei {
namespace {

using io::Stream;

/// Bytes of the length before each message (RFC 1035, 4.2.2).
constexpr std::size_t kPrefix = 2;
/// Room for the largest message with its length.
constexpr std::size_t kInputLimit = kPrefix + 65535;

std::size_t LengthOf(std::string_view input) {
  return static_cast<std::size_t>(static_cast<unsigned char>(input[0])) << 8U |
         static_cast<unsigned char>(input[1]);
}

}  // namespace

DnsOverStream::DnsOverStream(io::Loop& loop, io::UniqueFd socket, MonoTime connected,
                             io::DnsWireQuery query, const std::shared_ptr<const io::TlsSetup>& tls,
                             const std::string& host, Done done)
    : query_(std::move(query)),
      done_(std::move(done)),
      step_began_(connected),
      stream_(loop, std::move(socket), kInputLimit, [this] { OnWake(); }) {
  if (tls == nullptr) {
    Ask();
  } else {
    stream_.Secure(tls, host);
  }
}

DnsOverStream::~DnsOverStream() = default;

void DnsOverStream::OnWake() {
  if (!is_asked_) {
    if (stream_.tls() == Stream::Tls::kHandshaking) return;
    const MonoTime ended = stream_.peer()->handshake_done().value_or(MonoNow());
    result_.phases.Add(Phase::kTls, ended - step_began_);
    if (stream_.tls() == Stream::Tls::kFailed) {
      result_.phase = Phase::kTls;
      return Fail(stream_.tls_reason(), stream_.tls_message());
    }
    Ask();
  }
  Read();
}

void DnsOverStream::Ask() {
  is_asked_ = true;
  step_began_ = MonoNow();
  const auto size = query_.bytes.size();
  std::string framed = {static_cast<char>(size >> 8U & 0xFFU), static_cast<char>(size & 0xFFU)};
  stream_.Write(framed + query_.bytes);
}

void DnsOverStream::Read() {
  std::string& input = stream_.input();
  std::string_view rest = input;
  while (rest.size() >= kPrefix && rest.size() - kPrefix >= LengthOf(rest)) {
    const std::string_view message = rest.substr(kPrefix, LengthOf(rest));
    if (io::IsAcceptableAnswer(
            {reinterpret_cast<const std::uint8_t*>(message.data()), message.size()}, query_)) {
      result_.phases.Add(Phase::kProcessing, MonoNow() - step_began_);
      result_.bytes = message;
      return Report();
    }
    ++result_.ignored;
    rest.remove_prefix(kPrefix + message.size());
  }
  // Once for all of them: erasing each of 32,768 empty messages would move a gigabyte.
  input.erase(0, input.size() - rest.size());
  if (stream_.end() != Stream::End::kOpen) OnEnd();
}

void DnsOverStream::OnEnd() {
  result_.phases.Add(Phase::kProcessing, MonoNow() - step_began_);
  result_.phase = Phase::kProcessing;
  const std::string& input = stream_.input();
  switch (stream_.end()) {
    case Stream::End::kReset:
      return Fail(Reason::kReset, "the server reset the connection before its answer was complete");
    case Stream::End::kFailed:
      return Fail(Reason::kProtocolError,
                  fmt::format("the connection failed: {}",
                              stream_.error() == 0 ? "TLS" : io::ErrnoText(stream_.error())));
    case Stream::End::kOpen:
    case Stream::End::kClosed:
      break;
  }
  if (input.empty()) {
    return Fail(Reason::kTruncated, "the server closed the connection without an answer");
  }
  Fail(Reason::kDnsMalformed,
       input.size() < kPrefix
           ? "the server closed the connection inside the length of its answer"
           : fmt::format("the server closed the connection after {} of {} bytes of its answer",
                         input.size() - kPrefix, LengthOf(input)));
}

void DnsOverStream::Fail(Reason reason, std::string message) {
  result_.reason = reason;
  result_.message = std::move(message);
  Report();
}

void DnsOverStream::Keep() {
  if (stream_.peer() != nullptr) result_.tls = stream_.peer()->evidence();
  result_.tcp = stream_.Facts();
}

void DnsOverStream::Report() {
  Keep();
  const Done done = std::move(done_);
  Result result = std::move(result_);
  done(std::move(result));
}

DnsOverStream::Result DnsOverStream::GiveUp() {
  result_.phase = is_asked_ ? Phase::kProcessing : Phase::kTls;
  result_.phases.Add(*result_.phase, MonoNow() - step_began_);
  result_.reason = is_asked_ ? Reason::kDnsTimeout : Reason::kTlsTimeout;
  result_.message = is_asked_ ? "no answer" : "TLS handshake not finished";
  Keep();
  return std::move(result_);
}

}  // namespace gaikei
