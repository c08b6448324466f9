#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "checks/io/tls/certificate_maker.h"
#include "tests/support/daemon.h"
#include "tests/support/temp_dir.h"

namespace gaikei::support {

/// Servers of Debian that begin in plain text and offer TLS, each as it is packaged, with a
/// configuration of ours. With `key` absent TLS is not configured. Each is made when it answers;
/// see Daemon. They are for localhost alone and know no users.
class RealServer {
 public:
  /// SMTP.
  static RealServer Exim(const std::optional<io::CertifiedKey>& key);
  /// IMAP or POP3, as `protocol` says ("imap", "pop3").
  static RealServer Dovecot(const std::string& protocol,
                            const std::optional<io::CertifiedKey>& key);
  /// LDAP: OpenLDAP.
  static RealServer Slapd(const std::optional<io::CertifiedKey>& key);
  /// FTP.
  static RealServer Vsftpd(const std::optional<io::CertifiedKey>& key);
  /// XMPP, for the host "localhost".
  static RealServer Prosody(const std::optional<io::CertifiedKey>& key);
  static RealServer Postgres(const std::optional<io::CertifiedKey>& key);
  static RealServer Mariadb(const std::optional<io::CertifiedKey>& key);

  std::uint16_t port() const { return daemon_->port(); }
  std::string Authority() const { return daemon_->Authority(); }
  std::string log() const { return daemon_->log(); }

 private:
  RealServer();
  /// Writes chain.pem and key.pem for `user` where there is a key.
  void WriteKey(const std::string& user, const std::optional<io::CertifiedKey>& key);
  /// A directory below the work directory that belongs to `user`.
  std::string Directory(const std::string& user, const std::string& name);
  std::string Path(const std::string& name) const { return work_->Path(name); }
  void Start(const Daemon::Command& command, const std::string& user = "root");

  std::unique_ptr<TempDir> work_;  ///< outlives the daemon
  std::unique_ptr<Daemon> daemon_;
};

}  // namespace gaikei::support
