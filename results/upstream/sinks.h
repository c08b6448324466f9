#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "results/outcome.h"
#include "results/spool/lane_state.h"
#include "results/time.h"
#include "results/upstream/sink.h"
#include "results/upstream/transport.h"
#include "results/upstream/upstream_spec.h"

namespace gaikei {

/// Who sends.
struct SenderIdentity {
  std::string region;      ///< of the prober itself
  std::string host;        ///< the machine's host name
  std::string instance;    ///< stable over restarts of one state directory: host and region
  std::string version;     ///< of this program
  std::string user_agent;  ///< for the header
  /// Nothing survives this process (`once` without a state directory): counters begin at zero every
  /// time.
  bool is_ephemeral = false;
};

/// The sinks, one maker for each protocol. What is passed by reference outlives the sink.
std::unique_ptr<Sink> MakeOtlpMetricsSink(const UpstreamSpec& spec, const SenderIdentity& sender,
                                          LaneStates& states, Transport& transport);
/// Needs Sample::json.
std::unique_ptr<Sink> MakeOtlpLogsSink(const UpstreamSpec& spec, const SenderIdentity& sender,
                                       Transport& transport);
/// Needs Sample::json.
std::unique_ptr<Sink> MakeOtlpTracesSink(const UpstreamSpec& spec, const SenderIdentity& sender,
                                         Transport& transport);
std::unique_ptr<Sink> MakeRemoteWriteSink(const UpstreamSpec& spec, const SenderIdentity& sender,
                                          LaneStates& states, Transport& transport);
/// `now`: the clock that age is judged by whenever something is sent: a delivery may be tried for
/// hours, and Mackerel throws away in silence what is too old.
std::unique_ptr<Sink> MakeMackerelMetricsSink(const UpstreamSpec& spec,
                                              const SenderIdentity& sender, LaneStates& states,
                                              Transport& transport,
                                              std::function<WallTime()> now = WallNow);
std::unique_ptr<Sink> MakeMackerelReportsSink(const UpstreamSpec& spec,
                                              const SenderIdentity& sender, LaneStates& states,
                                              Transport& transport,
                                              std::function<WallTime()> now = WallNow);
std::unique_ptr<Sink> MakeStatsdSink(const UpstreamSpec& spec, DatagramTransport& transport);
/// Needs Sample::json.
std::unique_ptr<Sink> MakeJsonlSink(const UpstreamSpec& spec);

/// How many series an upstream of that spec gets from one check of a kind in one region: what the
/// cardinality budget counts. Upper bounds where it depends on the answers.
std::uint64_t OtlpSeriesOf(const UpstreamSpec& spec, const CheckIdentity& check);
std::uint64_t RemoteWriteSeriesOf(const UpstreamSpec& spec, const CheckIdentity& check);
std::uint64_t MackerelSeriesOf(const UpstreamSpec& spec, const CheckIdentity& check);
std::uint64_t StatsdSeriesOf(const UpstreamSpec& spec, const CheckIdentity& check);

}  // namespace gaikei
