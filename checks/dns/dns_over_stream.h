#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "checks/io/dns/dns_query.h"
#include "checks/io/tls/stream.h"
#include "checks/io/tls/trust.h"
#include "checks/parts/dial.h"
#include "results/outcome.h"

namespace gaikei {

/// One question over a connection that stands: DNS over TCP (RFC 7766), or inside TLS (RFC 7858).
/// Loop thread only. Destroying it closes.
class DnsOverStream {
 public:
  struct Result {
    Reason reason = Reason::kNone;  ///< kNone: `bytes` is an answer, right or wrong inside
    std::string message;            ///< escaped; empty for an answer
    std::optional<Phase> phase;     ///< that failed
    Phases phases;                  ///< tls, processing
    std::string bytes;
    unsigned ignored = 0;
    std::optional<TlsEvidence> tls;
    std::optional<TcpEvidence> tcp;
  };
  /// Called at most once, never inside the constructor. It may destroy the DnsOverStream.
  using Done = std::function<void(Result)>;

  /// `tls` null: plain TCP. `host` is what TLS verifies.
  DnsOverStream(io::Loop& loop, io::UniqueFd socket, MonoTime connected, io::DnsWireQuery query,
                const std::shared_ptr<const io::TlsSetup>& tls, const std::string& host, Done done);
  ~DnsOverStream();
  DnsOverStream(const DnsOverStream&) = delete;
  DnsOverStream& operator=(const DnsOverStream&) = delete;

  /// What there is at the caller's deadline: tls_timeout, or dns_timeout once the question was
  /// sent.
  Result GiveUp();

 private:
  void OnWake();
  void Ask();
  void Read();
  void OnEnd();
  void Fail(Reason reason, std::string message);
  void Keep();
  void Report();

  const io::DnsWireQuery query_;
  Done done_;
  MonoTime step_began_;
  bool is_asked_ = false;
  Result result_;
  io::Stream stream_;
};

}  // namespace gaikei
