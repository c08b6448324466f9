#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "checks/http/http_reach.h"
#include "checks/io/engine.h"
#include "checks/io/http/connection_cache.h"
#include "checks/io/http/http_transfer.h"
#include "checks/io/loop/timer.h"
#include "checks/transport/http2_greeting.h"
#include "checks/transport/transport_plan.h"
#include "regions/region.h"
#include "results/upstream/transport.h"

namespace gaikei {

/// What the requests of one transport share.
struct TransportState {
  io::Engine& engine;
  const std::shared_ptr<const Region> region;
  const std::shared_ptr<const TransportPlan> plan;
  /// Connections that stand. Another cache once one of them has let a request down: whoever still
  /// uses the old one holds it.
  std::shared_ptr<io::ConnectionCache> connections = std::make_shared<io::ConnectionCache>();
};

/// One request: over a connection that stands, or one that is made; once more over a fresh one
/// where the one that stood was dead before anything could have come of the request.
class PostCall final : public Transport::Call {
 public:
  PostCall(std::shared_ptr<TransportState> state, PostRequest request, Transport::Done done);
  ~PostCall() override;
  PostCall(const PostCall&) = delete;
  PostCall& operator=(const PostCall&) = delete;

 private:
  /// Why the request cannot be sent at all; empty: it can.
  std::string Prepare();
  /// What stands is not used any more, by others either: over HTTP/2 what was silent would stand
  /// on.
  void LeaveStanding();
  /// Whoever answers is handed to `then`; a failure is the call's.
  void Dial(std::function<void(ReachResult)> then);
  void Exchange(ReachResult reached);
  void OnAnswer(io::HttpAnswer answer);
  void OnLostAnswer(io::HttpAnswer answer);
  void OnFailure(io::HttpAnswer answer);
  void OnDeadline();
  /// The server may speak no HTTP/2, and nothing else than that will do.
  bool IsHttp2InDoubt(const io::HttpAnswer& answer) const;
  void AskForHttp2(std::string why);
  PostResponse Taken(io::HttpAnswer answer, bool is_cut_off) const;
  void Fail(std::string why, bool is_no_http2 = false);
  void Finish(PostResponse response);  ///< nothing of this may be touched afterwards

  const std::shared_ptr<TransportState> state_;
  std::shared_ptr<io::ConnectionCache> connections_;
  PostRequest request_;
  Transport::Done done_;
  io::Url url_;
  std::optional<Secret> body_;  ///< no secret: the type that a transfer takes
  io::Timer deadline_;
  io::Timer deferred_;
  std::unique_ptr<HttpReach> reach_;  ///< null: over what stands, or none needed any more
  bool is_dialling_ = false;
  std::string doubt_;  ///< why the request failed; empty: it is not asked whether HTTP/2 is spoken
  std::unique_ptr<Http2Greeting> greeting_;
  io::HttpTransfer transfer_;
};

}  // namespace gaikei
