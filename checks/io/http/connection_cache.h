#pragma once

#include <memory>

typedef void CURLSH;

namespace gaikei::io {

/// HTTP connections that stand between requests: of the steps of one journey run, or of the slots
/// of one check that reuses its connection. Never shared by two checks, so that neither can be
/// given what the other has left.
///
/// Loop thread only. It outlives the transfers that use it; destroying it closes what stands.
class ConnectionCache {
 public:
  ConnectionCache();
  ~ConnectionCache();
  ConnectionCache(const ConnectionCache&) = delete;
  ConnectionCache& operator=(const ConnectionCache&) = delete;

  CURLSH* handle() const { return handle_; }  ///< null when memory is short

 private:
  CURLSH* handle_;
};

}  // namespace gaikei::io
