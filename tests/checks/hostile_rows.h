#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "checks/spec.h"
#include "results/outcome.h"
#include "tests/support/tcp_server.h"
#include "tests/support/tls_server.h"

namespace gaikei {

/// A hostile server that runs, and how it is looked at.
struct HostileScene {
  std::shared_ptr<void> server = {};  ///< lives until the checks are over
  std::string url = {};
  std::function<void(CheckSpec&)> asks = {};  ///< beside a GET within 10 s
  std::function<void()> verify = {};          ///< what the server has to say afterwards
  int network_namespace = -1;                 ///< to look from; -1: the test's own
};

/// One row of the table: a behaviour, or one of its kinds.
struct HostileRow {
  int number;         ///< of the behaviour, 1..45
  std::string title;  ///< one word
  std::function<HostileScene()> make;
  /// "fail truncated transfer" of each run, one after another against the same server; alternatives
  /// stand around " | ".
  std::vector<std::string> verdicts;
  /// The HTTP status that must be kept; 0: none was read; below 0: as the verdict falls.
  int status = 0;
  std::string words = {};  ///< part of the message
  std::string note = {};   ///< part of one of the notes
  /// What else must be kept, told by the last run.
  std::function<void(const Observation&)> look = {};
};

/// Verdicts of many rows.
inline constexpr const char* kBroken = "fail protocol_error transfer";
inline constexpr const char* kTooLarge = "fail too_large transfer";

/// By what they abuse.
std::vector<HostileRow> HostileConnections();
std::vector<HostileRow> HostileHeads();
std::vector<HostileRow> HostileFramings();
std::vector<HostileRow> HostileRedirects();
std::vector<HostileRow> HostileBodies();
std::vector<HostileRow> HostileHttp2();
std::vector<HostileRow> HostileTls();

/// A story told over plain TCP; over TLS, with a certificate for 127.0.0.1 that the check trusts.
HostileScene Plain(const support::TcpServer::Handler& story,
                   std::function<void(CheckSpec&)> asks = {});
HostileScene Secure(const support::TcpServer::Handler& story,
                    std::function<void(CheckSpec&)> asks = {},
                    support::TlsServerOptions options = {});
/// What Secure() trusts: a PEM file of one root, whose key signs what it presents.
std::string HostileRootFile();
const io::CertifiedKey& HostileRoot();

/// Reads the head of a request, says these bytes, and closes in good order.
HostileScene Saying(const std::string& bytes, std::function<void(CheckSpec&)> asks = {});
/// The same with "HTTP/1.1 200 OK" and a line end before the bytes.
HostileScene SayingOk(const std::string& bytes, std::function<void(CheckSpec&)> asks = {});

/// A time that is over soon.
void Briefly(CheckSpec& spec);
/// The answer's only expectation.
std::function<void(CheckSpec&)> Expecting(const std::string& expression);

/// `count` times the text.
std::string Repeat(const std::string& text, std::size_t count);

/// Runs a scene as often as there are verdicts, one attempt after another of one check. Phases add
/// up, `done` came exactly once each, also a while after the attempt's end.
std::vector<Observation> RunHostile(const HostileScene& scene, std::size_t runs);

/// Expects what the row promises.
void ExpectHostile(const HostileRow& row, const HostileScene& scene,
                   const std::vector<Observation>& seen);

}  // namespace gaikei
