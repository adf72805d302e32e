# capture_directory.sh - samples of a directory, Kerberos, file sharing and remote procedure calls, sourced by capture.sh:
# slapd, krb5kdc, smbd, rpcbind and ganesha in b, their clients in a. Needs: slapd ldap-utils krb5-kdc krb5-user
# krb5-pkinit libsasl2-modules-gssapi-mit samba smbclient rpcbind nfs-ganesha nfs-ganesha-vfs libnfs-utils

dir=$tmp/directory

# --- Kerberos ---

# A CA, and certificates of the KDC and of alice: PKINIT. The user's certificate is told by its subject.
make_pkinit() {
    local name
    openssl req -x509 -newkey rsa:2048 -nodes -keyout "$dir/ca.key" -out "$dir/ca.pem" -days 3650 -subj '/CN=Example CA' 2>/dev/null
    for name in b.example.test alice; do
        openssl req -newkey rsa:2048 -nodes -keyout "$dir/$name.key" -out "$dir/$name.csr" -subj "/CN=$name" 2>/dev/null
        openssl x509 -req -in "$dir/$name.csr" -CA "$dir/ca.pem" -CAkey "$dir/ca.key" -CAcreateserial -days 3650 \
            -extfile <(printf 'subjectAltName=DNS:%s\nextendedKeyUsage=serverAuth,clientAuth\nkeyUsage=digitalSignature\n' "$name") \
            -out "$dir/$name.pem" 2>/dev/null
    done
    sed -i "s|^kdc_tcp_ports.*|&|; s|^ kdc_tcp_ports = 88|&\n pkinit_identity = FILE:$dir/b.example.test.pem,$dir/b.example.test.key\n pkinit_anchors = FILE:$dir/ca.pem\n pkinit_eku_checking = none\n pkinit_kdc_hostname = b.example.test|" "$dir/krb5.conf"
}

start_kdc() {
    command -v krb5kdc >/dev/null && command -v kinit >/dev/null || { say "capture.sh: krb5kdc or kinit is missing (see README.md)"; exit 1; }
    mkdir -p "$dir/krb"
    cat >"$dir/krb5.conf" <<CONF
[libdefaults]
default_realm = EXAMPLE.TEST
dns_lookup_kdc = false
dns_lookup_realm = false
rdns = false
dns_canonicalize_hostname = false
udp_preference_limit = ${UDP_LIMIT:-1400}
[realms]
EXAMPLE.TEST = {
 kdc = 10.77.0.2:88
 database_name = $dir/krb/principal
 key_stash_file = $dir/krb/stash
 acl_file = $dir/krb/acl
 kdc_ports = 88
 kdc_tcp_ports = 88
 max_renewable_life = 7d
}
[domain_realm]
.example.test = EXAMPLE.TEST
CONF
    make_pkinit
    sed "s/^udp_preference_limit.*/udp_preference_limit = 1/" "$dir/krb5.conf" >"$dir/krb5-tcp.conf"
    export KRB5_CONFIG=$dir/krb5.conf KRB5_KDC_PROFILE=$dir/krb5.conf
    kdb5_util create -s -P sample -r EXAMPLE.TEST >/dev/null 2>&1
    for line in 'addprinc -pw sample +requires_preauth alice' 'addprinc -pw sample bob' 'setstr alice pkinit_cert_match <SUBJECT>^CN=alice$' 'addprinc -randkey host/b.example.test' \
        'addprinc -randkey ldap/b.example.test' 'addprinc -randkey cifs/b.example.test' "ktadd -k $dir/keytab ldap/b.example.test"; do
        kadmin.local -r EXAMPLE.TEST -q "$line" >/dev/null 2>&1
    done
    ip netns exec tlcap-b krb5kdc -n -r EXAMPLE.TEST -P "$dir/krb/pid" >/dev/null 2>&1 &
    pids+=($!)
    sleep 1
}
kinit_alice() { echo "${PASSWORD-sample}" | in_a env KRB5_CONFIG="${CONF-$dir/krb5.conf}" KRB5CCNAME="$dir/cc" kinit "$@" >/dev/null 2>&1 || true; }
krb_tickets() {
    kinit_alice -f -r 1d alice
    in_a env KRB5_CONFIG="$dir/krb5.conf" KRB5CCNAME="$dir/cc" kvno host/b.example.test >/dev/null 2>&1 || true
    in_a env KRB5_CONFIG="$dir/krb5.conf" KRB5CCNAME="$dir/cc" kvno host/nowhere.example.test >/dev/null 2>&1 || true
}
krb_refused() { PASSWORD=another kinit_alice alice; kinit_alice nobody; kinit_alice bob; }
krb_tcp() { CONF=$dir/krb5-tcp.conf kinit_alice alice; in_a env KRB5_CONFIG="$dir/krb5-tcp.conf" KRB5CCNAME="$dir/cc" kvno host/b.example.test >/dev/null 2>&1 || true; }

krb_pkinit() {
    in_a env KRB5_CONFIG="$dir/krb5-tcp.conf" KRB5CCNAME="$dir/cc" kinit -X "X509_user_identity=FILE:$dir/alice.pem,$dir/alice.key" alice </dev/null >/dev/null
}

# --- LDAP ---

start_slapd() {
    command -v slapd >/dev/null && command -v ldapsearch >/dev/null || { say "capture.sh: slapd or ldapsearch is missing (see README.md)"; exit 1; }
    mkdir -p "$dir/db"
    openssl req -x509 -newkey rsa:2048 -nodes -keyout "$dir/key.pem" -out "$dir/cert.pem" -days 3650 -subj /CN=b.example.test >/dev/null 2>&1
    cat >"$dir/slapd.conf" <<CONF
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
pidfile $dir/slapd.pid
modulepath /usr/lib/ldap
moduleload back_mdb
TLSCertificateFile $dir/cert.pem
TLSCertificateKeyFile $dir/key.pem
sasl-host b.example.test
sasl-realm EXAMPLE.TEST
database mdb
suffix "dc=example,dc=test"
rootdn "cn=admin,dc=example,dc=test"
rootpw sample
directory $dir/db
access to * by * read
CONF
    KRB5_KTNAME=$dir/keytab KRB5_CONFIG=$dir/krb5.conf ip netns exec tlcap-b slapd -d 0 -f "$dir/slapd.conf" -h "ldap://10.77.0.2/" >/dev/null 2>&1 &
    pids+=($!)
    sleep 1
    in_a ldapadd -x -H ldap://10.77.0.2 -D cn=admin,dc=example,dc=test -w sample >/dev/null 2>&1 <<'LDIF' || true
dn: dc=example,dc=test
objectClass: dcObject
objectClass: organization
o: Example
dc: example

dn: cn=alice,dc=example,dc=test
objectClass: inetOrgPerson
cn: alice
sn: Sample
mail: alice@example.test
userPassword: sample
LDIF
}
ldap_in_a() { in_a env LDAPTLS_REQCERT=never KRB5_CONFIG="$dir/krb5.conf" KRB5CCNAME="$dir/cc" "$@" >/dev/null 2>&1 || true; }
ldap_session() {
    ldap_in_a ldapsearch -x -H ldap://10.77.0.2 -D cn=admin,dc=example,dc=test -w sample -b dc=example,dc=test -E pr=1/noprompt '(&(objectClass=*)(|(cn=al*ce)(!(sn>=z)))(mail~=x))' cn mail
    ldap_in_a ldapsearch -x -H ldap://10.77.0.2 -b dc=example,dc=test '(cn:dn:caseIgnoreMatch:=alice)'
    ldap_in_a ldapwhoami -x -H ldap://10.77.0.2 -D cn=admin,dc=example,dc=test -w another
    ldap_in_a ldapwhoami -x -H ldap://10.77.0.2 -D cn=admin,dc=example,dc=test -w sample
    ldap_in_a ldapcompare -x -H ldap://10.77.0.2 cn=alice,dc=example,dc=test sn:Sample
}
ldap_changes() {
    printf 'dn: cn=alice,dc=example,dc=test\nchangetype: modify\nreplace: mail\nmail: a@example.test\n-\nadd: title\ntitle: sampler\n' |
        ldap_in_a ldapmodify -x -H ldap://10.77.0.2 -D cn=admin,dc=example,dc=test -w sample
    printf 'dn: cn=carol,dc=example,dc=test\nobjectClass: inetOrgPerson\ncn: carol\nsn: S\nuserPassword: not-shown\n' |
        ldap_in_a ldapadd -x -H ldap://10.77.0.2 -D cn=admin,dc=example,dc=test -w sample
    ldap_in_a ldapmodrdn -x -H ldap://10.77.0.2 -D cn=admin,dc=example,dc=test -w sample -r cn=carol,dc=example,dc=test cn=carla
    ldap_in_a ldappasswd -x -H ldap://10.77.0.2 -D cn=admin,dc=example,dc=test -w sample -s not-shown-either cn=carla,dc=example,dc=test
    ldap_in_a ldapdelete -x -H ldap://10.77.0.2 -D cn=admin,dc=example,dc=test -w sample cn=carla,dc=example,dc=test
    ldap_in_a ldapdelete -x -H ldap://10.77.0.2 cn=alice,dc=example,dc=test
}
ldap_starttls() { ldap_in_a ldapwhoami -x -ZZ -H ldap://10.77.0.2 -D cn=admin,dc=example,dc=test -w sample; }
# The name is in a file of hosts that only this command sees.
ldap_gssapi() {
    kinit_alice alice
    printf '10.77.0.2 b.example.test\n' >"$dir/hosts"
    ip netns exec tlcap-a unshare -m sh -c "mount --bind $dir/hosts /etc/hosts; KRB5_CONFIG=$dir/krb5.conf KRB5CCNAME=$dir/cc ldapwhoami -Y GSSAPI ${1-} -H ldap://b.example.test" >/dev/null 2>&1 || true
}

! wanted kerberos/ && ! wanted ldap/ || start_kdc
cap kerberos/tickets.pcap "krb5: a ticket with preauthentication, for a service, for one that is not known" "port 88" krb_tickets
cap kerberos/refused.pcap "a wrong password, an unknown client, a client without preauthentication" "port 88" krb_refused
cap kerberos/tcp.pcap "over TCP" "port 88" krb_tcp
cap kerberos/pkinit.pcap "a ticket for a certificate: PKINIT" "tcp port 88" krb_pkinit
! wanted ldap/ || start_slapd
cap ldap/session.pcap "slapd: binds, a wrong password, filters, pages, compare" "tcp port 389" ldap_session
cap ldap/changes.pcap "add, modify, rename, set a password, delete, delete without permission" "tcp port 389" ldap_changes
cap ldap/starttls.pcap "StartTLS" "tcp port 389" ldap_starttls
cap ldap/gssapi.pcap "a bind with Kerberos, the rest encrypted" "tcp port 389" ldap_gssapi "-O minssf=0"
cap ldap/gssapi-signed.pcap "a bind with Kerberos, the rest signed" "tcp port 389" ldap_gssapi "-O maxssf=1"

# --- SMB ---

start_smbd() {
    command -v smbd >/dev/null && command -v smbclient >/dev/null || { say "capture.sh: smbd or smbclient is missing (see README.md)"; exit 1; }
    mkdir -p "$dir/smb"/{share,private,lock,state,cache,ncalrpc}
    chmod 777 "$dir/smb/share"
    seq 2000 >"$dir/smb/share/numbers.txt"
    cat >"$dir/smb.conf" <<CONF
[global]
workgroup = SAMPLE
netbios name = B
server min protocol = NT1
client min protocol = NT1
smb ports = 445 139
interfaces = 10.77.0.2
bind interfaces only = yes
log file = $dir/smb/log
private dir = $dir/smb/private
lock directory = $dir/smb/lock
state directory = $dir/smb/state
cache directory = $dir/smb/cache
ncalrpc dir = $dir/smb/ncalrpc
pid directory = $dir/smb
passdb backend = tdbsam:$dir/smb/private/passdb.tdb
disable spoolss = yes
load printers = no
[share]
path = $dir/smb/share
read only = no
force user = root
[sealed]
path = $dir/smb/share
smb encrypt = required
force user = root
CONF
    printf 'sample\nsample\n' | smbpasswd -c "$dir/smb.conf" -s -a root >/dev/null 2>&1
    ip netns exec tlcap-b smbd -F --no-process-group -s "$dir/smb.conf" >/dev/null 2>&1 &
    pids+=($!)
    sleep 2
}
smb_as() { in_a env HOME="$dir" smbclient -s "$dir/smb.conf" --option=clientipcminprotocol=NT1 -U "SAMPLE\\root%${PASSWORD-sample}" "$@" >/dev/null 2>&1 || true; }
smb_files() {
    smb_as "//10.77.0.2/share" -m "$1" "${@:2}" -c "ls; get numbers.txt $dir/out; put $dir/out up.txt; rename up.txt down.txt; rm down.txt; mkdir d; rmdir d; get nothing.txt $dir/out2"
}
smb_list() { smb_as -L 10.77.0.2 -m "${1-SMB3}"; in_a rpcclient -s "$dir/smb.conf" -U "SAMPLE\\root%sample" 10.77.0.2 -c 'lsaquery; enumdomusers; netshareenum' >/dev/null 2>&1 || true; }
smb_refused() { PASSWORD=another smb_as //10.77.0.2/share -c ls; smb_as //10.77.0.2/nothing -c ls; }

! wanted smb/ || start_smbd
cap smb/smb1.pcap "samba: files over version 1: list, read, write, rename, delete" "tcp port 139 or tcp port 445" smb_files NT1
cap smb/smb2.pcap "the same over version 2.0.2" "tcp port 445" smb_files SMB2_02
cap smb/smb3-signed.pcap "the same over version 3.1.1, signed" "tcp port 445" smb_files SMB3_11 --client-protection=sign
cap smb/smb3-encrypted.pcap "the same over version 3.1.1, encrypted" "tcp port 445" smb_files SMB3_11 --client-protection=encrypt
cap smb/pipes.pcap "shares and users listed with DCE/RPC over pipes" "tcp port 445" smb_list
cap smb/refused.pcap "a wrong password, a share that is not there" "tcp port 445" smb_refused

# --- ONC RPC ---

start_nfs() {
    command -v rpcbind >/dev/null && command -v ganesha.nfsd >/dev/null || { say "capture.sh: rpcbind or ganesha.nfsd is missing (see README.md)"; exit 1; }
    mkdir -p "$dir/export"
    seq 50 >"$dir/export/numbers.txt"
    seq 13000 >"$dir/export/long.txt" # a READ has more than 64 KiB
    chmod -R a+rwX "$dir" "$dir/export"
    cat >"$dir/ganesha.conf" <<CONF
NFS_CORE_PARAM { Protocols = 3,4; mount_path_pseudo = true; Enable_NLM = false; Enable_RQUOTA = false; }
NFSV4 { Grace_Period = 1; Lease_Lifetime = 10; Minor_Versions = 0,1; }
EXPORT { Export_Id = 1; Path = $dir/export; Pseudo = /export; Access_Type = RW; Squash = None; SecType = sys; Protocols = 3,4; FSAL { Name = VFS; } }
CONF
    ip netns exec tlcap-b rpcbind -f -w >/dev/null 2>&1 &
    pids+=($!)
    sleep 1
    ip netns exec tlcap-b ganesha.nfsd -F -L "$dir/ganesha.log" -f "$dir/ganesha.conf" -p "$dir/ganesha.pid" >/dev/null 2>&1 &
    pids+=($!)
    sleep 5
}
rpc_portmap() { in_a rpcinfo -p 10.77.0.2 >/dev/null 2>&1 || true; in_a rpcinfo 10.77.0.2 >/dev/null 2>&1 || true; in_a rpcinfo -u 10.77.0.2 100003 3 >/dev/null 2>&1 || true; in_a showmount -e 10.77.0.2 >/dev/null 2>&1 || true; in_a rpcinfo -t 10.77.0.2 100003 9 >/dev/null 2>&1 || true; }
# $1: the version. libnfs 4.0.0 writes no file over version 4.
rpc_nfs_read() {
    command -v nfs-cp >/dev/null || { say "capture.sh: nfs-cp is missing (see README.md)"; exit 1; }
    in_a nfs-cp "nfs://10.77.0.2/export/long.txt?version=$1&nfsport=2049&uid=0&gid=0" "$dir/read-$1.txt" >/dev/null
    cmp "$dir/read-$1.txt" "$dir/export/long.txt"
}
rpc_nfs_write() {
    seq 100 3000 >"$dir/written.txt"
    in_a nfs-cp "$dir/written.txt" "nfs://10.77.0.2/export/written.txt?version=3&nfsport=2049&uid=0&gid=0" >/dev/null
    cmp "$dir/written.txt" "$dir/export/written.txt"
}

! wanted rpc/ || start_nfs
cap rpc/portmap.pcap "rpcbind and ganesha: lists of programs, ports, exports, a version that is not there" "tcp or udp" rpc_portmap
cap rpc/nfs3-read.pcap "libnfs and ganesha: a file is read over NFS 3, in one READ of more than 64 KiB" "tcp" rpc_nfs_read 3
cap rpc/nfs3-write.pcap "a file is written" "tcp" rpc_nfs_write
cap rpc/nfs4-read.pcap "a file is read over NFS 4.0" "tcp" rpc_nfs_read 4
