#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "results/upstream/otlp/logs_model.h"
#include "results/upstream/otlp/metrics_model.h"
#include "results/upstream/otlp/signal.h"
#include "results/upstream/otlp/traces_model.h"
#include "results/upstream/sink.h"
#include "results/upstream/sinks.h"
#include "results/upstream/transport.h"
#include "results/upstream/upstream_spec.h"

namespace gaikei::otlp {

/// Brings messages of one signal to an OTLP receiver, by the protocol that the configuration names.
/// One at a time.
class Exchange {
 public:
  /// All but `signal` outlive it.
  Exchange(const UpstreamSpec& spec, const SenderIdentity& sender, Signal signal,
           Transport& transport)
      : spec_(spec), sender_(sender), signal_(signal), transport_(transport) {}

  /// The request written in the form that goes out, compressed and framed as it has to be.
  std::string Encode(const MetricsRequest& request) const;
  std::string Encode(const LogsRequest& request) const;
  std::string Encode(const TracesRequest& request) const;

  /// Sends what Encode() gave. `samples`: that it carries. `done` is never called inside.
  void Send(const std::string& body, std::uint64_t samples, Sink::Done done);
  /// Stops a Send(); its `done` is not called any more.
  void Cancel() { call_.reset(); }

 private:
  bool is_grpc() const { return spec_.otlp.protocol == OtlpSpec::Protocol::kGrpc; }
  bool is_json() const { return spec_.otlp.protocol == OtlpSpec::Protocol::kHttpJson; }
  std::string Pack(std::string message) const;
  PostRequest NewRequest() const;
  Verdict Read(const PostResponse& response, std::uint64_t samples) const;

  const UpstreamSpec& spec_;
  const SenderIdentity& sender_;
  const Signal signal_;
  Transport& transport_;
  std::unique_ptr<Transport::Call> call_;
};

}  // namespace gaikei::otlp
