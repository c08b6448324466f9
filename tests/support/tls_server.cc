#include "tests/support/tls_server.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <stdexcept>
#include <utility>

namespace gaikei::support {
namespace {

using Context = std::shared_ptr<SSL_CTX>;

void Require(bool is_good, const char* what) {
  if (is_good) return;
  char text[256];
  ERR_error_string_n(ERR_get_error(), text, sizeof(text));
  throw std::runtime_error(std::string(what) + ": " + text);
}

/// Every certificate of a PEM text.
std::vector<std::shared_ptr<X509>> Certificates(const std::string& pem) {
  const std::shared_ptr<BIO> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())),
                                 BIO_free);
  std::vector<std::shared_ptr<X509>> all;
  while (X509* one = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) {
    all.emplace_back(one, X509_free);
  }
  ERR_clear_error();  // The end of the text is an error to OpenSSL.
  return all;
}

void Use(SSL_CTX* context, const io::CertifiedKey& key) {
  const auto chain = Certificates(key.Chain());
  Require(!chain.empty() && SSL_CTX_use_certificate(context, chain[0].get()) == 1, "certificate");
  for (std::size_t i = 1; i < chain.size(); ++i) {
    Require(SSL_CTX_add1_chain_cert(context, chain[i].get()) == 1, "chain");
  }
  const std::shared_ptr<BIO> bio(BIO_new_mem_buf(key.key.data(), static_cast<int>(key.key.size())),
                                 BIO_free);
  const std::shared_ptr<EVP_PKEY> private_key(
      PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
  Require(private_key && SSL_CTX_use_PrivateKey(context, private_key.get()) == 1, "key");
}

/// The contexts of one server, and what its callbacks need.
struct Setup {
  Context context;
  std::map<std::string, Context> by_name;
  std::string refused_name;
  std::vector<std::string> alpn;
  std::string ocsp_answer;
};

/// The well-known groups of RFC 2409 (1024) and RFC 3526 (2048).
EVP_PKEY* MakeGroup(int bits) {
  const std::shared_ptr<BIGNUM> prime(
      bits == 1024 ? BN_get_rfc2409_prime_1024(nullptr) : BN_get_rfc3526_prime_2048(nullptr),
      BN_free);
  const std::shared_ptr<OSSL_PARAM_BLD> builder(OSSL_PARAM_BLD_new(), OSSL_PARAM_BLD_free);
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_FFC_P, prime.get());
  OSSL_PARAM_BLD_push_uint(builder.get(), OSSL_PKEY_PARAM_FFC_G, 2);
  const std::shared_ptr<OSSL_PARAM> params(OSSL_PARAM_BLD_to_param(builder.get()), OSSL_PARAM_free);
  const std::shared_ptr<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_name(nullptr, "DH", nullptr),
                                              EVP_PKEY_CTX_free);
  EVP_PKEY* group = nullptr;
  Require(EVP_PKEY_fromdata_init(context.get()) == 1 &&
              EVP_PKEY_fromdata(context.get(), &group, EVP_PKEY_KEY_PARAMETERS, params.get()) == 1,
          "Diffie-Hellman group");
  return group;
}

int OnStatusAsked(SSL* ssl, void* argument) noexcept {
  const std::string& answer = static_cast<const Setup*>(argument)->ocsp_answer;
  void* copy = OPENSSL_memdup(answer.data(), answer.size());
  SSL_set_tlsext_status_ocsp_resp(ssl, copy, static_cast<long>(answer.size()));  // takes it
  return SSL_TLSEXT_ERR_OK;
}

int OnServerName(SSL* ssl, int* alert, void* argument) noexcept {
  const Setup& setup = *static_cast<const Setup*>(argument);
  const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  if (name == nullptr) return SSL_TLSEXT_ERR_OK;
  if (!setup.refused_name.empty() && setup.refused_name == name) {
    *alert = SSL_AD_UNRECOGNIZED_NAME;
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  const auto found = setup.by_name.find(name);
  if (found != setup.by_name.end()) SSL_set_SSL_CTX(ssl, found->second.get());
  return SSL_TLSEXT_ERR_OK;
}

int OnAlpn(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* offered,
           unsigned offered_size, void* argument) noexcept {
  const Setup& setup = *static_cast<const Setup*>(argument);
  for (const std::string& wanted : setup.alpn) {
    for (unsigned at = 0; at < offered_size; at += 1U + offered[at]) {
      const std::string_view name(reinterpret_cast<const char*>(offered + at + 1), offered[at]);
      if (name != wanted) continue;
      *out = offered + at + 1;
      *out_size = offered[at];
      return SSL_TLSEXT_ERR_OK;
    }
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;  // no_application_protocol (RFC 7301, 3.2)
}

Context MakeContext(const TlsServerOptions& options, const io::CertifiedKey& key, Setup* setup) {
  Context context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  Require(context != nullptr, "context");
  SSL_CTX* ctx = context.get();
  // First, because it also decides which certificates OpenSSL agrees to load.
  Require(SSL_CTX_set_cipher_list(ctx, options.ciphers.c_str()) == 1, "ciphers");
  SSL_CTX_set_min_proto_version(ctx, options.min_version);
  SSL_CTX_set_max_proto_version(ctx, options.max_version);
  Use(ctx, key);
  if (!options.sends_tickets) SSL_CTX_set_num_tickets(ctx, 0);
  if (!options.client_roots.empty()) {
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    for (const auto& root : Certificates(options.client_roots)) {
      X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), root.get());
      SSL_CTX_add_client_CA(ctx, root.get());
    }
    const unsigned char id[] =
        "support";  // Without one, resumption with client certificates fails.
    SSL_CTX_set_session_id_context(ctx, id, sizeof(id));
  }
  SSL_CTX_set_tlsext_servername_callback(ctx, OnServerName);
  SSL_CTX_set_tlsext_servername_arg(ctx, setup);
  if (!options.alpn.empty()) SSL_CTX_set_alpn_select_cb(ctx, OnAlpn, setup);
  if (options.dh_bits != 0) {
    Require(SSL_CTX_set0_tmp_dh_pkey(ctx, MakeGroup(options.dh_bits)) == 1, "group");
  }
  if (!options.ocsp_answer.empty()) {
    SSL_CTX_set_tlsext_status_cb(ctx, OnStatusAsked);
    SSL_CTX_set_tlsext_status_arg(ctx, setup);
  }
  return context;
}

std::shared_ptr<const Setup> MakeSetup(const TlsServerOptions& options) {
  auto setup = std::make_shared<Setup>();
  setup->refused_name = options.refused_name;
  setup->alpn = options.alpn;
  setup->ocsp_answer = options.ocsp_answer;
  setup->context = MakeContext(options, options.certificate, setup.get());
  for (const auto& [name, key] : options.by_name) {
    setup->by_name[name] = MakeContext(options, key, setup.get());
  }
  return setup;
}

class TlsConnection final : public Connection {
 public:
  TlsConnection(Fd fd, std::size_t number, const StopSignal& stop,
                std::shared_ptr<const Setup> setup)
      : Connection(std::move(fd), number, stop),
        setup_(std::move(setup)),
        ssl_(SSL_new(setup_->context.get()), SSL_free) {
    SSL_set_fd(ssl_.get(), Connection::fd());
    SSL_set_mode(ssl_.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  }

  bool ShakeHands() {
    for (;;) {
      ERR_clear_error();
      const int result = SSL_accept(ssl_.get());
      if (result == 1) return true;
      const Step step = StepOf(result);
      if (step == Step::kEnd || !WaitOn(step)) return false;
    }
  }

  TlsClientFacts Facts() const {
    TlsClientFacts facts;
    if (const char* name = SSL_get_servername(ssl_.get(), TLSEXT_NAMETYPE_host_name)) {
      facts.server_name = name;
    }
    facts.version = SSL_get_version(ssl_.get());
    const unsigned char* alpn = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(ssl_.get(), &alpn, &size);
    if (size > 0) facts.alpn.assign(reinterpret_cast<const char*>(alpn), size);
    facts.has_certificate = SSL_get0_peer_certificate(ssl_.get()) != nullptr;
    return facts;
  }

 private:
  Step StepOf(int result) {
    switch (SSL_get_error(ssl_.get(), result)) {
      case SSL_ERROR_WANT_READ:
        return Step::kWantRead;
      case SSL_ERROR_WANT_WRITE:
        return Step::kWantWrite;
      default:
        has_failed_ = true;
        return Step::kEnd;
    }
  }

  Step TryRead(char* buffer, std::size_t room, std::size_t* count) override {
    ERR_clear_error();
    const int result = SSL_read_ex(ssl_.get(), buffer, room, count);
    if (result == 1) return Step::kDone;
    const bool is_goodbye = SSL_get_error(ssl_.get(), result) == SSL_ERROR_ZERO_RETURN;
    return is_goodbye ? Step::kEnd : StepOf(result);
  }

  Step TryWrite(const char* bytes, std::size_t size, std::size_t* count) override {
    ERR_clear_error();
    const int result = SSL_write_ex(ssl_.get(), bytes, size, count);
    return result == 1 ? Step::kDone : StepOf(result);
  }

  void SayGoodbye() override {
    ERR_clear_error();
    // OpenSSL forbids it after a failure.
    if (!has_failed_) SSL_shutdown(ssl_.get());
  }

  std::shared_ptr<const Setup> setup_;
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_;
  bool has_failed_ = false;
};

std::unique_ptr<TlsConnection> Accept(Fd fd, std::size_t number, const StopSignal& stop,
                                      const std::shared_ptr<const Setup>& setup) {
  auto connection = std::make_unique<TlsConnection>(std::move(fd), number, stop, setup);
  if (connection->ShakeHands()) return connection;
  // The alert was written; it must not be overtaken by a reset.
  connection->CloseAbruptly();
  return nullptr;
}

}  // namespace

TlsServer::TlsServer(const TlsServerOptions& options, TcpServer::Handler handler,
                     const ListenOptions& listen)
    : server_(std::move(handler), Wrap(options), listen) {}

TcpServer::Wrapper TlsServer::Wrap(const TlsServerOptions& options,
                                   std::function<void(const TlsClientFacts&)> facts) {
  return [setup = MakeSetup(options), facts = std::move(facts)](
             Fd fd, std::size_t number, const StopSignal& stop) -> std::unique_ptr<Connection> {
    auto connection = Accept(std::move(fd), number, stop, setup);
    if (connection && facts) facts(connection->Facts());
    return connection;
  };
}

std::unique_ptr<Connection> StartTls(Connection& plain, const TlsServerOptions& options) {
  const std::size_t number = plain.number();
  return Accept(plain.TakeSocket(), number, plain.stop(), MakeSetup(options));
}

}  // namespace gaikei::support
