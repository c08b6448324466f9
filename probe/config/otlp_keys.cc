#include "probe/config/otlp_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "probe/config/mapping_keys.h"
#include "probe/config/upstream_transport_keys.h"

namespace gaikei {
namespace {

using Protocol = OtlpSpec::Protocol;
using Temporality = OtlpSpec::Temporality;

constexpr std::array<std::string_view, 3> kProtocols = {"http/protobuf", "http/json", "grpc"};
constexpr std::array<std::string_view, 2> kHistograms = {"exponential", "explicit"};
constexpr std::array<std::string_view, 2> kTemporalities = {"cumulative", "delta"};
constexpr std::array<std::string_view, 2> kCompressions = {"gzip", "none"};
constexpr std::array<std::string_view, 3> kSignals = {"metrics", "logs", "traces"};
constexpr std::array<std::string_view, 3> kOwnHeaders = {"grpc-encoding", "grpc-accept-encoding",
                                                         "grpc-timeout"};

constexpr std::array<std::string_view, 7> kAttributes = {
    "gaikei.check", "gaikei.region", "gaikei.kind", "gaikei.status",
    "gaikei.phase", "gaikei.step",   "error.type"};
/// By the semantic conventions, and those of logs and traces alone.
constexpr std::array<std::string_view, 14> kOtherAttributes = {"url.full",
                                                               "server.address",
                                                               "server.port",
                                                               "network.protocol.name",
                                                               "network.protocol.version",
                                                               "network.peer.address",
                                                               "network.peer.port",
                                                               "dns.question.name",
                                                               "http.response.status_code",
                                                               "tls.cipher",
                                                               "tls.protocol.name",
                                                               "tls.protocol.version",
                                                               "gaikei.blame",
                                                               "gaikei.scheduled_at"};
constexpr std::array<std::string_view, 1> kKept = {"gaikei.check"};
const SeriesNames kNames = {kAttributes, kOtherAttributes, kKept, "gaikei.region",
                            &IsPrintableName};

/// The path of a signal may stand in the endpoint where nothing else is sent there.
void ReviewSignalPath(TableReader& reader, const UpstreamSpec& spec) {
  const OtlpSpec& otlp = spec.otlp;
  const std::array<bool, kSignals.size()> is_sent = {otlp.has_metrics, otlp.has_logs,
                                                     otlp.has_traces};
  const bool is_alone = std::count(is_sent.begin(), is_sent.end(), true) == 1;
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    const std::string path = fmt::format("/v1/{}", kSignals[i]);
    if (!spec.transport.url.ends_with(path)) continue;
    if (is_alone && is_sent[i] && otlp.protocol != Protocol::kGrpc) continue;
    reader.errors().Add(reader.table().Find("endpoint")->position,
                        fmt::format("endpoint ends in {}, which is appended: leave it out", path));
  }
}

void ReadSignals(TableReader& reader, OtlpSpec& otlp) {
  const auto signals = reader.Strings("signals");
  const Node* array = reader.table().Find("signals");
  if (array == nullptr) return;
  if (array->kind == NodeKind::kArray && array->children.empty()) {
    reader.errors().Add(array->position, "signals is empty: leave it away to mean metrics");
  }
  if (!signals.empty()) otlp.has_metrics = false;
  std::set<std::string_view> seen;
  for (const Node* node : signals) {
    if (!seen.insert(node->text).second) {
      reader.errors().Add(node->position,
                          fmt::format("signals: {} is named twice", Quoted(node->text)));
    } else if (node->text == "metrics") {
      otlp.has_metrics = true;
    } else if (node->text == "logs") {
      otlp.has_logs = true;
    } else if (node->text == "traces") {
      otlp.has_traces = true;
    } else {
      otlp.has_metrics = true;  // may be meant
      reader.errors().Add(node->position,
                          fmt::format("signals: {} is none of {}{}", Quoted(node->text),
                                      Listed(kSignals), DidYouMean(node->text, kSignals)));
    }
  }
}

void ReadResource(TableReader& reader, OtlpSpec& otlp) {
  const Node* table = reader.Take("resource", NodeKind::kTable);
  if (table == nullptr) return;
  for (const Node& child : table->children) {
    if (!IsPrintableName(child.key)) {
      reader.errors().Add(child.key_position,
                          fmt::format("resource: {} is no name", Quoted(child.key)));
    } else if (Expect(child, NodeKind::kString, reader.errors())) {
      if (child.text.empty() || HasControl(child.text)) {
        reader.errors().Add(child.position,
                            fmt::format("resource: the value of {} is empty or has control "
                                        "characters",
                                        Quoted(child.key)));
      }
      otlp.resource.emplace_back(child.key, child.text);
    }
  }
}

/// What says how metrics are written means nothing to the other signals.
void RefuseWithoutMetrics(TableReader& reader, const OtlpSpec& otlp) {
  if (otlp.has_metrics) return;
  for (const std::string_view key : {"histograms", "temporality", "drop"}) {
    if (const Node* node = reader.table().Find(key)) {
      reader.errors().Add(node->key_position,
                          fmt::format("{} goes with \"metrics\" among signals", key));
    }
  }
}

/// What an HTTP proxy is asked to pass on in plain text it reads, and HTTP/2 it does not.
void RefusePlainGrpcByProxy(TableReader& reader, const UpstreamSpec& spec) {
  const UpstreamTransportSpec& transport = spec.transport;
  if (spec.otlp.protocol != Protocol::kGrpc || !transport.url.starts_with("http://") ||
      !transport.proxy.starts_with("http://")) {
    return;
  }
  reader.errors().Add(reader.table().Find("proxy")->position,
                      "gRPC over http:// does not go through an HTTP proxy: take an endpoint with "
                      "https://, a socks5 proxy, or protocol = \"http/protobuf\"");
}

}  // namespace

void ReadOtlpKeys(TableReader& reader, const UpstreamNames& names, UpstreamSpec& spec) {
  ReadUpstreamUrl(reader, "endpoint", true, true, spec.transport);
  if (auto protocol = reader.OneOf("protocol", kProtocols)) {
    spec.otlp.protocol = *protocol == "grpc"        ? Protocol::kGrpc
                         : *protocol == "http/json" ? Protocol::kHttpJson
                                                    : Protocol::kHttpProtobuf;
  }
  if (auto form = reader.OneOf("histograms", kHistograms)) {
    spec.otlp.histograms =
        *form == "explicit" ? HistogramForm::kExplicit : HistogramForm::kExponential;
  }
  if (auto temporality = reader.OneOf("temporality", kTemporalities)) {
    spec.otlp.temporality =
        *temporality == "delta" ? Temporality::kDelta : Temporality::kCumulative;
  }
  if (auto compression = reader.OneOf("compression", kCompressions)) {
    spec.is_compressed = *compression == "gzip";
  }
  ReadSignals(reader, spec.otlp);
  ReviewSignalPath(reader, spec);
  ReadResource(reader, spec.otlp);
  ReadMapping(reader, names, kNames, spec.mapping);
  RefuseWithoutMetrics(reader, spec.otlp);
  ReadUpstreamTransport(reader, kOwnHeaders, spec);
  RefusePlainGrpcByProxy(reader, spec);
}

}  // namespace gaikei
