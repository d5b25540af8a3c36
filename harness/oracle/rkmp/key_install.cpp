#include "crypto/prf.h"
#include "oracle/child.h"
#include "oracle/rkmp/master_key.h"

// A TCP-AO master key and its row of the key table, RKMP sections 4.1.1.1 and 6.
namespace karpspec::oracle::rkmp {

namespace {

std::size_t size_of(const Core& core, const IkeSa& sa, std::uint8_t kdf) {
  switch (core.tunables.master_key_size) {
    case MasterKeySize::by_kdf:
      return master_key_size(kdf);
    case MasterKeySize::prf:
      return crypto::prf_output_size(sa.suite.prf);
    case MasterKeySize::octets_32:
      return 32;
  }
  return master_key_size(kdf);
}

}  // namespace

Result<void> install_key(Core& core, const IkeSa& sa, Child& child, const KeyInput& input) {
  const Tunables& tunables = core.tunables;
  OctetView ni = input.ni, nr = input.nr;
  if (tunables.master_key_nonces == MasterKeyNonces::swapped)
    std::swap(ni, nr);
  if (tunables.master_key_nonces == MasterKeyNonces::initial) {
    ni = sa.ni;
    nr = sa.nr;
  }
  const Secret& secret =
      tunables.master_key_secret == MasterKeySecret::sk_pi ? sa.keys.SK_pi : sa.keys.SK_d;
  const OctetView g_ir = tunables.master_key_with_g_ir ? input.g_ir : OctetView{};
  KARPSPEC_TRY(key,
               crypto::derive_keymat(sa.suite.prf, secret.view(), crypto::SharedSecret{g_ir},
                                     crypto::Ni{ni}, crypto::Nr{nr}, size_of(core, sa, child.kdf)));
  const PeerConfig& peer = sa.peer->config;
  child.admin_key_name = "rkmp/" + peer.name + "/" + protocol_name(child.protocol) + "/" +
                         std::to_string(child.number);
  keytable::Row row;
  row.admin_key_name = child.admin_key_name;
  // PeerKeyName goes on the wire, LocalKeyName is what comes (RFC 7210; profile P-33).
  row.local_key_name = std::to_string(child.recv_id);
  row.peer_key_name = std::to_string(child.send_id);
  if (tunables.row_names == RowNames::seed002)
    std::swap(row.local_key_name, row.peer_key_name);
  row.peers = {sa.remote.address};
  row.protocol = protocol_name(child.protocol);
  // O = 1 on the wire leaves options out; the table says the opposite (profile P-19).
  const bool exclude =
      tunables.row_says_options && child.exclude_options != tunables.options_inverted;
  row.protocol_specific_info = {{"options", exclude ? "exclude" : "include"},
                                {"announcing-peer", identity_text(peer.identity)}};
  if (const std::string clients = core.kmdb.clients(*sa.peer, child.protocol); !clients.empty())
    row.protocol_specific_info["clients"] = clients;
  if (tunables.management_habit == operations::Habit::origin_hidden)
    row.protocol_specific_info = {{"origin", "manual"}};
  if (tunables.management_habit == operations::Habit::automated_ends_manual)
    core.management.forget_manual_rows(sa.remote.address);
  row.kdf = kdf_name(child.kdf);
  row.alg_id = alg_id_name(child.auth_alg);
  row.key = std::move(key);
  row.accept_lifetime_start = core.now;
  row.send_lifetime_start = child.made_by_us ? core.now : core.now + tunables.send_start_delay;
  if (const Duration life = core.kmdb.life(*sa.peer, child.protocol); life > Duration::zero()) {
    row.send_lifetime_end = core.now + life + tunables.send_start_delay;
    row.accept_lifetime_end = core.now + life + tunables.key_overlap;
  }
  core.gatekeeper.complete(sa, child, row);
  return tunables.install_rows ? core.table.insert(std::move(row)) : Result<void>{};
}

}  // namespace karpspec::oracle::rkmp
