#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "probe/output/evidence.h"
#include "probe/output/style.h"
#include "results/outcome.h"

namespace gaikei {

/// Collects lines of a label and a text; a label is written where it changes.
class Block {
 public:
  explicit Block(const EvidenceOptions& options) : options_(options) {}

  /// `text` is wrapped, then painted line by line.
  void Add(std::string_view label, std::string_view text, Tone tone = Tone::kPlain);
  /// A line that is painted already, or must not be broken.
  void Push(std::string_view label, const std::string& text);
  std::size_t TextColumns() const;
  const Style& style() const { return options_.style; }
  std::vector<std::string> Take() { return std::move(lines_); }

 private:
  const EvidenceOptions& options_;
  std::string last_;
  std::vector<std::string> lines_;
};

std::string Join(const std::vector<std::string>& parts, std::string_view separator);

/// How the parts of an outcome are shown, each in a file of its own. `now` is when it was looked.
void AddTls(const TlsEvidence& tls, WallTime now, bool verbose, Block& block);
void AddDns(const DnsEvidence& dns, bool verbose, Block& block);
void AddResolve(const ResolveEvidence& resolve, bool verbose, Block& block);
void AddTcp(const TcpEvidence& tcp, bool verbose, Block& block);
void AddIcmp(const IcmpEvidence& icmp, Block& block);
void AddGrpc(const GrpcEvidence& grpc, Block& block);
void AddWebSocket(const WebSocketEvidence& websocket, Block& block);
void AddEveryAddress(const std::vector<Observation>& addresses, WallTime now, Block& block);

/// "63 days left, until 2027-01-27", and how bad that is.
std::pair<std::string, Tone> Validity(const CertificateInfo& certificate, WallTime now);

}  // namespace gaikei
