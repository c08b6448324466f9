#include "tests/support/real_servers.h"

#include <fmt/format.h>

#include <filesystem>
#include <stdexcept>
#include <utility>
#include <vector>

namespace gaikei::support {
namespace {

using Command = std::vector<std::string>;

/// Makes the files of a database server.
void Prepare(const std::string& user, const Command& command) {
  const Finished finished = RunToEnd({.argv = RunAs(user, command)});
  if (finished.status.code != 0) {
    throw std::runtime_error(command[0] + ": " + finished.output + finished.errors);
  }
}

/// Debian keeps PostgreSQL's programs out of PATH, by version.
std::string PostgresPrograms() {
  for (const auto& entry : std::filesystem::directory_iterator("/usr/lib/postgresql")) {
    const std::string programs = entry.path() / "bin";
    if (std::filesystem::exists(programs + "/initdb")) return programs;
  }
  throw std::runtime_error("no PostgreSQL");
}

}  // namespace

RealServer::RealServer() : work_(std::make_unique<TempDir>()) {
  // Servers that are not root have to get at what is theirs inside.
  std::filesystem::permissions(work_->path(), std::filesystem::perms::others_exec |
                                                  std::filesystem::perms::group_exec |
                                                  std::filesystem::perms::owner_all);
}

void RealServer::WriteKey(const std::string& user, const std::optional<io::CertifiedKey>& key) {
  if (!key) return;
  for (const auto& [name, text] : {std::pair{"chain.pem", key->Chain()}, {"key.pem", key->key}}) {
    work_->Write(name, text);
    std::filesystem::permissions(
        Path(name), std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    GiveTo(user, Path(name));
  }
}

std::string RealServer::Directory(const std::string& user, const std::string& name) {
  std::filesystem::create_directory(Path(name));
  std::filesystem::permissions(Path(name), std::filesystem::perms::owner_all);
  GiveTo(user, Path(name));
  return Path(name);
}

void RealServer::Start(const Daemon::Command& command, const std::string& user) {
  daemon_ = std::make_unique<Daemon>(command, user);
}

RealServer RealServer::Exim(const std::optional<io::CertifiedKey>& key) {
  constexpr const char* kUser = "Debian-exim";  // whom it becomes
  RealServer server;
  server.WriteKey(kUser, key);
  const std::string spool = server.Directory(kUser, "spool");
  std::string tls = "tls_advertise_hosts =\n";
  if (key) {
    tls = fmt::format("tls_advertise_hosts = *\ntls_certificate = {}\ntls_privatekey = {}\n",
                      server.Path("chain.pem"), server.Path("key.pem"));
  }
  server.Start([&](std::uint16_t port) -> Command {
    const std::string config = server.work_->Write(
        "exim.conf",
        fmt::format("local_interfaces = 127.0.0.1\ndaemon_smtp_ports = {0}\n"
                    "spool_directory = {1}\nlog_file_path = {1}/%slog\npid_file_path = {1}/pid\n"
                    "primary_hostname = mail.example\nhost_lookup =\nrfc1413_hosts =\n"
                    "keep_environment =\n{2}",
                    port, spool, tls));
    return {"exim4", "-C", config, "-bdf"};
  });
  return server;
}

RealServer RealServer::Dovecot(const std::string& protocol,
                               const std::optional<io::CertifiedKey>& key) {
  RealServer server;
  server.WriteKey("root", key);
  const std::string tls = key ? fmt::format("ssl = yes\nssl_cert = <{}\nssl_key = <{}\n",
                                            server.Path("chain.pem"), server.Path("key.pem"))
                              : "ssl = no\n";
  server.Start([&](std::uint16_t port) -> Command {
    const std::string config = server.work_->Write(
        "dovecot.conf",
        fmt::format(
            "base_dir = {0}/run\nstate_dir = {0}/state\nlog_path = /dev/stderr\n"
            "protocols = {1}\nlisten = 127.0.0.1\n"
            "passdb {{\n driver = static\n args = nopassword=y\n}}\n"
            "userdb {{\n driver = static\n args = uid=65534 gid=65534 home=/nonexistent\n}}\n"
            "service {1}-login {{\n inet_listener {1} {{\n  port = {2}\n }}\n"
            " inet_listener {1}s {{\n  port = 0\n }}\n}}\n{3}",
            server.work_->path().string(), protocol, port, tls));
    return {"dovecot", "-F", "-c", config};
  });
  return server;
}

RealServer RealServer::Slapd(const std::optional<io::CertifiedKey>& key) {
  RealServer server;
  server.WriteKey("root", key);
  const std::string tls = key ? fmt::format("TLSCertificateFile {}\nTLSCertificateKeyFile {}\n",
                                            server.Path("chain.pem"), server.Path("key.pem"))
                              : "";
  const std::string config = server.work_->Write(
      "slapd.conf", fmt::format("include /etc/ldap/schema/core.schema\npidfile {0}/pid\n"
                                "argsfile {0}/args\n{1}",
                                server.work_->path().string(), tls));
  server.Start([&](std::uint16_t port) -> Command {
    return {"slapd", "-f", config, "-h", fmt::format("ldap://127.0.0.1:{}", port), "-d", "0"};
  });
  return server;
}

RealServer RealServer::Vsftpd(const std::optional<io::CertifiedKey>& key) {
  RealServer server;
  server.WriteKey("root", key);
  const std::string empty = server.Directory("root", "empty");
  const std::string tls = key ? fmt::format(
                                    "ssl_enable=YES\nrsa_cert_file={}\nrsa_private_key_file={}\n"
                                    "ssl_ciphers=HIGH\n",
                                    server.Path("chain.pem"), server.Path("key.pem"))
                              : "";
  server.Start([&](std::uint16_t port) -> Command {
    const std::string config = server.work_->Write(
        "vsftpd.conf", fmt::format("listen=YES\nbackground=NO\nlisten_address=127.0.0.1\n"
                                   "listen_port={}\nanonymous_enable=NO\nlocal_enable=YES\n"
                                   "secure_chroot_dir={}\nseccomp_sandbox=NO\n{}",
                                   port, empty, tls));
    return {"vsftpd", config};
  });
  return server;
}

RealServer RealServer::Prosody(const std::optional<io::CertifiedKey>& key) {
  constexpr const char* kUser = "prosody";
  RealServer server;
  server.WriteKey(kUser, key);
  const std::string data = server.Directory(kUser, "data");
  const std::string tls = key ? fmt::format("ssl = {{ certificate = \"{}\", key = \"{}\" }}\n",
                                            server.Path("chain.pem"), server.Path("key.pem"))
                              : "";
  server.Start(
      [&](std::uint16_t port) -> Command {
        const std::string config = server.work_->Write(
            "prosody.lua",
            fmt::format("pidfile = \"{0}/pid\"\ndata_path = \"{0}\"\ncertificates = \"{0}\"\n"
                        "modules_enabled = {{ \"saslauth\"{3} }}\n"
                        "modules_disabled = {{ \"s2s\", \"admin_shell\"{4} }}\n"
                        "interfaces = {{ \"127.0.0.1\" }}\nc2s_ports = {{ {1} }}\n"
                        "c2s_require_encryption = false\n"
                        "log = {{ {{ levels = {{ min = \"info\" }}, to = \"console\" }} }}\n"
                        "VirtualHost \"localhost\"\n{2}",
                        data, port, tls, key ? ", \"tls\"" : "", key ? "" : ", \"tls\""));
        return {"prosody", "-F", "--config", config};
      },
      kUser);
  return server;
}

RealServer RealServer::Postgres(const std::optional<io::CertifiedKey>& key) {
  constexpr const char* kUser = "postgres";
  RealServer server;
  server.WriteKey(kUser, key);
  const std::string data = server.Directory(kUser, "data");
  const std::string programs = PostgresPrograms();
  Prepare(kUser, {programs + "/initdb", "-D", data, "-A", "trust", "--no-sync"});
  server.Start(
      [&](std::uint16_t port) -> Command {
        Command command = {programs + "/postgres",
                           "-D",
                           data,
                           "-h",
                           "127.0.0.1",
                           "-p",
                           std::to_string(port),
                           "-k",
                           "",
                           "-c",
                           "dynamic_shared_memory_type=mmap"};
        if (key) {
          for (const std::string& setting :
               {std::string("ssl=on"), "ssl_cert_file=" + server.Path("chain.pem"),
                "ssl_key_file=" + server.Path("key.pem")}) {
            command.insert(command.end(), {"-c", setting});
          }
        }
        return command;
      },
      kUser);
  return server;
}

RealServer RealServer::Mariadb(const std::optional<io::CertifiedKey>& key) {
  constexpr const char* kUser = "mysql";
  RealServer server;
  server.WriteKey(kUser, key);
  const std::string data = server.Directory(kUser, "data");
  Prepare(kUser, {"mysql_install_db", "--no-defaults", "--datadir=" + data,
                  "--auth-root-authentication-method=normal", "--skip-test-db",
                  "--skip-name-resolve", "--innodb-log-file-size=4M"});
  server.Start(
      [&](std::uint16_t port) -> Command {
        Command command = {"mariadbd",
                           "--no-defaults",
                           "--datadir=" + data,
                           "--socket=" + data + "/socket",
                           "--pid-file=" + data + "/pid",
                           "--bind-address=127.0.0.1",
                           "--port=" + std::to_string(port),
                           "--skip-name-resolve",
                           "--innodb-log-file-size=4M"};
        if (key) {
          command.push_back("--ssl-cert=" + server.Path("chain.pem"));
          command.push_back("--ssl-key=" + server.Path("key.pem"));
        } else {
          command.push_back("--skip-ssl");
        }
        return command;
      },
      kUser);
  return server;
}

}  // namespace gaikei::support
