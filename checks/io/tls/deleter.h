#pragma once

namespace gaikei::io {

/// Frees what OpenSSL allocated, as std::unique_ptr's second parameter: Deleter<BIO_free>.
template <auto Free>
struct Deleter {
  template <class T>
  void operator()(T* handle) const noexcept {
    Free(handle);
  }
};

}  // namespace gaikei::io
