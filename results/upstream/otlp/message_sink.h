#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "results/upstream/otlp/exchange.h"
#include "results/upstream/sink.h"

namespace gaikei::otlp {

/// A sink that has no counters and sends each sample for itself. Samples that were folded have
/// nothing to send: should one come, it is counted as rejected.
class MessageSink : public Sink {
 public:
  MessageSink(const UpstreamSpec& spec, const SenderIdentity& sender, Signal signal,
              Transport& transport)
      : exchange_(spec, sender, signal, transport) {}

  std::size_t Prepare(std::span<const SpoolItem* const> items, const Limits& limits) final;
  void Send(Done done) final;
  void Cancel() final { exchange_.Cancel(); }
  std::vector<LaneState> Settle() final;
  void Discard() final { body_.clear(); }

 protected:
  const Exchange& exchange() const { return exchange_; }

 private:
  /// Adds what the sample comes to; gives its size in the request, about.
  virtual std::size_t Add(const Sample& sample, const Limits& limits) = 0;
  /// The request of what was added, as Exchange::Encode() gives it; nothing is left.
  virtual std::string Finish() = 0;

  Exchange exchange_;
  std::string body_;           ///< of the delivery, as it goes out
  std::uint64_t samples_ = 0;  ///< in it
  std::uint64_t folded_ = 0;
};

}  // namespace gaikei::otlp
