/* dcerpc_names.c - interfaces of Windows and their operations, by number (MS-LSAD, MS-SAMR, MS-SRVS, MS-NRPC, MS-SCMR ..). */
#include "dissectors/dcerpc/dcerpc.h"

#include "core/status.h"

#define INTERFACE(a, b, c, d0, d1, d2, d3, d4, d5, d6, d7, name_, pipe_, operations_)                                      \
    { { (a) & 255, (a) >> 8 & 255, (a) >> 16 & 255, (a) >> 24, (b) & 255, (b) >> 8, (c) & 255, (c) >> 8, d0, d1, d2, d3,   \
        d4, d5, d6, d7 }, name_, pipe_, operations_, (uint32_t)TL_COUNT(operations_) }

static const char *const lsarpc[] = {
    "LsarClose", "LsarDelete", "LsarEnumeratePrivileges", "LsarQuerySecurityObject", "LsarSetSecurityObject",
    "LsarChangePassword", "LsarOpenPolicy", "LsarQueryInformationPolicy", "LsarSetInformationPolicy", "LsarClearAuditLog",
    "LsarCreateAccount", "LsarEnumerateAccounts", "LsarCreateTrustedDomain", "LsarEnumerateTrustedDomains", "LsarLookupNames",
    "LsarLookupSids", "LsarCreateSecret", "LsarOpenAccount", "LsarEnumeratePrivilegesAccount", "LsarAddPrivilegesToAccount",
    "LsarRemovePrivilegesFromAccount", "LsarGetQuotasForAccount", "LsarSetQuotasForAccount", "LsarGetSystemAccessAccount",
    "LsarSetSystemAccessAccount", "LsarOpenTrustedDomain", "LsarQueryInfoTrustedDomain", "LsarSetInformationTrustedDomain",
    "LsarOpenSecret", "LsarSetSecret", "LsarQuerySecret", "LsarLookupPrivilegeValue", "LsarLookupPrivilegeName",
    "LsarLookupPrivilegeDisplayName", "LsarDeleteObject", "LsarEnumerateAccountsWithUserRight", "LsarEnumerateAccountRights",
    "LsarAddAccountRights", "LsarRemoveAccountRights", "LsarQueryTrustedDomainInfo", "LsarSetTrustedDomainInfo",
    "LsarDeleteTrustedDomain", "LsarStorePrivateData", "LsarRetrievePrivateData", "LsarOpenPolicy2", "LsarGetUserName",
    "LsarQueryInformationPolicy2", "LsarSetInformationPolicy2", "LsarQueryTrustedDomainInfoByName",
    "LsarSetTrustedDomainInfoByName", "LsarEnumerateTrustedDomainsEx", "LsarCreateTrustedDomainEx", NULL,
    "LsarQueryDomainInformationPolicy", "LsarSetDomainInformationPolicy", "LsarOpenTrustedDomainByName", NULL,
    "LsarLookupSids2", "LsarLookupNames2", "LsarCreateTrustedDomainEx2", [68] = "LsarLookupNames3",
    [76] = "LsarLookupSids3", "LsarLookupNames4",
};
static const char *const samr[] = {
    "SamrConnect", "SamrCloseHandle", "SamrSetSecurityObject", "SamrQuerySecurityObject", "SamrShutdownSamServer",
    "SamrLookupDomainInSamServer", "SamrEnumerateDomainsInSamServer", "SamrOpenDomain", "SamrQueryInformationDomain",
    "SamrSetInformationDomain", "SamrCreateGroupInDomain", "SamrEnumerateGroupsInDomain", "SamrCreateUserInDomain",
    "SamrEnumerateUsersInDomain", "SamrCreateAliasInDomain", "SamrEnumerateAliasesInDomain", "SamrGetAliasMembership",
    "SamrLookupNamesInDomain", "SamrLookupIdsInDomain", "SamrOpenGroup", "SamrQueryInformationGroup",
    "SamrSetInformationGroup", "SamrAddMemberToGroup", "SamrDeleteGroup", "SamrRemoveMemberFromGroup",
    "SamrGetMembersInGroup", "SamrSetMemberAttributesOfGroup", "SamrOpenAlias", "SamrQueryInformationAlias",
    "SamrSetInformationAlias", "SamrDeleteAlias", "SamrAddMemberToAlias", "SamrRemoveMemberFromAlias",
    "SamrGetMembersInAlias", "SamrOpenUser", "SamrDeleteUser", "SamrQueryInformationUser", "SamrSetInformationUser",
    "SamrChangePasswordUser", "SamrGetGroupsForUser", "SamrQueryDisplayInformation", "SamrGetDisplayEnumerationIndex",
    "SamrTestPrivateFunctionsDomain", "SamrTestPrivateFunctionsUser", "SamrGetUserDomainPasswordInformation",
    "SamrRemoveMemberFromForeignDomain", "SamrQueryInformationDomain2", "SamrQueryInformationUser2",
    "SamrQueryDisplayInformation2", "SamrGetDisplayEnumerationIndex2", "SamrCreateUser2InDomain",
    "SamrQueryDisplayInformation3", "SamrAddMultipleMembersToAlias", "SamrRemoveMultipleMembersFromAlias",
    "SamrOemChangePasswordUser2", "SamrUnicodeChangePasswordUser2", "SamrGetDomainPasswordInformation", "SamrConnect2",
    "SamrSetInformationUser2", [62] = "SamrConnect4", [64] = "SamrConnect5", "SamrRidToSid", "SamrSetDSRMPassword",
    "SamrValidatePassword",
};
static const char *const srvsvc[] = {
    [8] = "NetrConnectionEnum", "NetrFileEnum", "NetrFileGetInfo", "NetrFileClose", "NetrSessionEnum", "NetrSessionDel",
    "NetrShareAdd", "NetrShareEnum", "NetrShareGetInfo", "NetrShareSetInfo", "NetrShareDel", "NetrShareDelSticky",
    "NetrShareCheck", "NetrServerGetInfo", "NetrServerSetInfo", "NetrServerDiskEnum", "NetrServerStatisticsGet",
    "NetrServerTransportAdd", "NetrServerTransportEnum", "NetrServerTransportDel", "NetrRemoteTOD", [30] = "NetprPathType",
    "NetprPathCanonicalize", "NetprPathCompare", "NetprNameValidate", "NetprNameCanonicalize", "NetprNameCompare",
    "NetrShareEnumSticky", "NetrShareDelStart", "NetrShareDelCommit", "NetrpGetFileSecurity", "NetrpSetFileSecurity",
};
static const char *const wkssvc[] = {
    "NetrWkstaGetInfo", "NetrWkstaSetInfo", "NetrWkstaUserEnum", [5] = "NetrWkstaTransportEnum", "NetrWkstaTransportAdd",
    "NetrWkstaTransportDel", "NetrUseAdd", "NetrUseGetInfo", "NetrUseDel", "NetrUseEnum", [13] = "NetrWorkstationStatisticsGet",
    [20] = "NetrGetJoinInformation", [22] = "NetrJoinDomain2", "NetrUnjoinDomain2", "NetrRenameMachineInDomain2",
    "NetrValidateName2", "NetrGetJoinableOUs2",
};
static const char *const svcctl[] = {
    "CloseServiceHandle", "ControlService", "DeleteService", "LockServiceDatabase", "QueryServiceObjectSecurity",
    "SetServiceObjectSecurity", "QueryServiceStatus", "SetServiceStatus", "UnlockServiceDatabase", "NotifyBootConfigStatus",
    [11] = "ChangeServiceConfigW", "CreateServiceW", "EnumDependentServicesW", "EnumServicesStatusW", "OpenSCManagerW",
    "OpenServiceW", "QueryServiceConfigW", "QueryServiceLockStatusW", "StartServiceW", "GetServiceDisplayNameW",
    "GetServiceKeyNameW", [23] = "ChangeServiceConfigA", "CreateServiceA", "EnumDependentServicesA", "EnumServicesStatusA",
    "OpenSCManagerA", "OpenServiceA", "QueryServiceConfigA", "QueryServiceLockStatusA", "StartServiceA",
    "GetServiceDisplayNameA", "GetServiceKeyNameA", [36] = "ChangeServiceConfig2A", "ChangeServiceConfig2W",
    "QueryServiceConfig2A", "QueryServiceConfig2W", "QueryServiceStatusEx", "EnumServicesStatusExA", "EnumServicesStatusExW",
    [44] = "CreateServiceWOW64A", "CreateServiceWOW64W", [47] = "NotifyServiceStatusChange", [56] = "OpenSCManager2",
};
static const char *const winreg[] = {
    "OpenClassesRoot", "OpenCurrentUser", "OpenLocalMachine", "OpenPerformanceData", "OpenUsers", "BaseRegCloseKey",
    "BaseRegCreateKey", "BaseRegDeleteKey", "BaseRegDeleteValue", "BaseRegEnumKey", "BaseRegEnumValue", "BaseRegFlushKey",
    "BaseRegGetKeySecurity", "BaseRegLoadKey", NULL, "BaseRegOpenKey", "BaseRegQueryInfoKey", "BaseRegQueryValue",
    "BaseRegReplaceKey", "BaseRegRestoreKey", "BaseRegSaveKey", "BaseRegSetKeySecurity", "BaseRegSetValue", "BaseRegUnLoadKey",
    [26] = "BaseRegGetVersion", "OpenCurrentConfig", [29] = "BaseRegQueryMultipleValues", [31] = "BaseRegSaveKeyEx",
    "OpenPerformanceText", "OpenPerformanceNlsText", "BaseRegQueryMultipleValues2", "BaseRegDeleteKeyEx",
};
static const char *const netlogon[] = {
    "NetrLogonUasLogon", "NetrLogonUasLogoff", "NetrLogonSamLogon", "NetrLogonSamLogoff", "NetrServerReqChallenge",
    "NetrServerAuthenticate", "NetrServerPasswordSet", "NetrDatabaseDeltas", "NetrDatabaseSync", "NetrAccountDeltas",
    "NetrAccountSync", "NetrGetDCName", "NetrLogonControl", "NetrGetAnyDCName", "NetrLogonControl2",
    "NetrServerAuthenticate2", "NetrDatabaseSync2", "NetrDatabaseRedo", "NetrLogonControl2Ex", "NetrEnumerateTrustedDomains",
    "DsrGetDcName", "NetrLogonGetCapabilities", "NetrLogonSetServiceBits", "NetrLogonGetTrustRid",
    "NetrLogonComputeServerDigest", "NetrLogonComputeClientDigest", "NetrServerAuthenticate3", "DsrGetDcNameEx",
    "DsrGetSiteName", "NetrLogonGetDomainInfo", "NetrServerPasswordSet2", "NetrServerPasswordGet", "NetrLogonSendToSam",
    "DsrAddressToSiteNamesW", "DsrGetDcNameEx2", "NetrLogonGetTimeServiceParentDomain", "NetrEnumerateTrustedDomainsEx",
    "DsrAddressToSiteNamesExW", "DsrGetDcSiteCoverageW", "NetrLogonSamLogonEx", "DsrEnumerateDomainTrusts",
    "DsrDeregisterDnsHostRecords", "NetrServerTrustPasswordsGet", "DsrGetForestTrustInformation",
    "NetrGetForestTrustInformation", "NetrLogonSamLogonWithFlags", "NetrServerGetTrustInfo",
};
static const char *const epmapper[] = {
    "ept_insert", "ept_delete", "ept_lookup", "ept_map", "ept_lookup_handle_free", "ept_inq_object", "ept_mgmt_delete",
};
static const char *const spoolss[] = {
    "RpcEnumPrinters", "RpcOpenPrinter", "RpcSetJob", "RpcGetJob", "RpcEnumJobs", "RpcAddPrinter", "RpcDeletePrinter",
    "RpcSetPrinter", "RpcGetPrinter", "RpcAddPrinterDriver", "RpcEnumPrinterDrivers", "RpcGetPrinterDriver",
    "RpcGetPrinterDriverDirectory", [17] = "RpcStartDocPrinter", "RpcStartPagePrinter", "RpcWritePrinter", "RpcEndPagePrinter",
    "RpcAbortPrinter", "RpcReadPrinter", "RpcEndDocPrinter", "RpcAddJob", "RpcScheduleJob", "RpcGetPrinterData",
    [29] = "RpcClosePrinter", [65] = "RpcRemoteFindFirstPrinterChangeNotificationEx", [69] = "RpcOpenPrinterEx",
    [89] = "RpcAddPrinterDriverEx",
};
static const char *const atsvc[] = { "NetrJobAdd", "NetrJobDel", "NetrJobEnum", "NetrJobGetInfo" };
static const char *const itask[] = {
    "SchRpcHighestVersion", "SchRpcRegisterTask", "SchRpcRetrieveTask", "SchRpcCreateFolder", "SchRpcSetSecurity",
    "SchRpcGetSecurity", "SchRpcEnumFolders", "SchRpcEnumTasks", "SchRpcEnumInstances", "SchRpcGetInstanceInfo",
    "SchRpcStopInstance", "SchRpcStop", "SchRpcRun", "SchRpcDelete", "SchRpcRename", "SchRpcScheduledRuntimes",
    "SchRpcGetLastRunInfo", "SchRpcGetTaskInfo", "SchRpcGetNumberOfMissedRuns", "SchRpcEnableTask",
};
static const char *const drsuapi[] = {
    "DRSBind", "DRSUnbind", "DRSReplicaSync", "DRSGetNCChanges", "DRSUpdateRefs", "DRSReplicaAdd", "DRSReplicaDel",
    "DRSReplicaModify", "DRSVerifyNames", "DRSGetMemberships", "DRSInterDomainMove", "DRSGetNT4ChangeLog", "DRSCrackNames",
    "DRSWriteSPN", "DRSRemoveDsServer", "DRSRemoveDsDomain", "DRSDomainControllerInfo", "DRSAddEntry", "DRSExecuteKCC",
    "DRSGetReplInfo", "DRSAddSidHistory", "DRSGetMemberships2", "DRSReplicaVerifyObjects", "DRSGetObjectExistence",
    "DRSQuerySitesByCost",
};
static const char *const activator[] = { "RemoteActivation" };
static const char *const system_activator[] = { [3] = "RemoteGetClassObject", "RemoteCreateInstance" };
static const char *const oxid[] = {
    "ResolveOxid", "SimplePing", "ComplexPing", "ServerAlive", "ResolveOxid2", "ServerAlive2",
};
static const char *const remunknown[] = { [3] = "RemQueryInterface", "RemAddRef", "RemRelease" };
static const char *const efsrpc[] = {
    "EfsRpcOpenFileRaw", "EfsRpcReadFileRaw", "EfsRpcWriteFileRaw", "EfsRpcCloseRaw", "EfsRpcEncryptFileSrv",
    "EfsRpcDecryptFileSrv", "EfsRpcQueryUsersOnFile", "EfsRpcQueryRecoveryAgents",
};
static const char *const netdfs[] = {
    "NetrDfsManagerGetVersion", "NetrDfsAdd", "NetrDfsRemove", "NetrDfsSetInfo", "NetrDfsGetInfo", "NetrDfsEnum",
};
static const char *const initshutdown[] = { "BaseInitiateShutdown", "BaseAbortShutdown", "BaseInitiateShutdownEx" };
static const char *const eventlog[] = {
    "ElfrClearELFW", "ElfrBackupELFW", "ElfrCloseEL", "ElfrDeregisterEventSource", "ElfrNumberOfRecords", "ElfrOldestRecord",
    "ElfrChangeNotify", "ElfrOpenELW", "ElfrRegisterEventSourceW", "ElfrOpenBELW", "ElfrReadELW", "ElfrReportEventW",
};

static const struct tl_dcerpc_interface interfaces[] = {
    INTERFACE(0x12345778u, 0x1234, 0xabcd, 0xef, 0x00, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, "lsarpc", "lsarpc", lsarpc),
    INTERFACE(0x12345778u, 0x1234, 0xabcd, 0xef, 0x00, 0x01, 0x23, 0x45, 0x67, 0x89, 0xac, "samr", "samr", samr),
    INTERFACE(0x4b324fc8u, 0x1670, 0x01d3, 0x12, 0x78, 0x5a, 0x47, 0xbf, 0x6e, 0xe1, 0x88, "srvsvc", "srvsvc", srvsvc),
    INTERFACE(0x6bffd098u, 0xa112, 0x3610, 0x98, 0x33, 0x46, 0xc3, 0xf8, 0x7e, 0x34, 0x5a, "wkssvc", "wkssvc", wkssvc),
    INTERFACE(0x367abb81u, 0x9844, 0x35f1, 0xad, 0x32, 0x98, 0xf0, 0x38, 0x00, 0x10, 0x03, "svcctl", "svcctl", svcctl),
    INTERFACE(0x338cd001u, 0x2244, 0x31f1, 0xaa, 0xaa, 0x90, 0x00, 0x38, 0x00, 0x10, 0x03, "winreg", "winreg", winreg),
    INTERFACE(0x12345678u, 0x1234, 0xabcd, 0xef, 0x00, 0x01, 0x23, 0x45, 0x67, 0xcf, 0xfb, "netlogon", "netlogon", netlogon),
    INTERFACE(0xe1af8308u, 0x5d1f, 0x11c9, 0x91, 0xa4, 0x08, 0x00, 0x2b, 0x14, 0xa0, 0xfa, "epmapper", "epmapper", epmapper),
    INTERFACE(0x12345678u, 0x1234, 0xabcd, 0xef, 0x00, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, "spoolss", "spoolss", spoolss),
    INTERFACE(0x1ff70682u, 0x0a51, 0x30e8, 0x07, 0x6d, 0x74, 0x0b, 0xe8, 0xce, 0xe9, 0x8b, "atsvc", "atsvc", atsvc),
    INTERFACE(0x86d35949u, 0x83c9, 0x4044, 0xb4, 0x24, 0xdb, 0x36, 0x32, 0x31, 0xfd, 0x0c, "ITaskSchedulerService", NULL, itask),
    INTERFACE(0xe3514235u, 0x4b06, 0x11d1, 0xab, 0x04, 0x00, 0xc0, 0x4f, 0xc2, 0xdc, 0xd2, "drsuapi", NULL, drsuapi),
    INTERFACE(0x4d9f4ab8u, 0x7d1c, 0x11cf, 0x86, 0x1e, 0x00, 0x20, 0xaf, 0x6e, 0x7c, 0x57, "IActivation", NULL, activator),
    INTERFACE(0x000001a0u, 0x0000, 0x0000, 0xc0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x46, "ISystemActivator", NULL, system_activator),
    INTERFACE(0x99fcfec4u, 0x5260, 0x101b, 0xbb, 0xcb, 0x00, 0xaa, 0x00, 0x21, 0x34, 0x7a, "IOXIDResolver", NULL, oxid),
    INTERFACE(0x00000131u, 0x0000, 0x0000, 0xc0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x46, "IRemUnknown", NULL, remunknown),
    INTERFACE(0x00000143u, 0x0000, 0x0000, 0xc0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x46, "IRemUnknown2", NULL, remunknown),
    INTERFACE(0xc681d488u, 0xd850, 0x11d0, 0x8c, 0x52, 0x00, 0xc0, 0x4f, 0xd9, 0x0f, 0x7e, "efsrpc", NULL, efsrpc),
    INTERFACE(0x4fc742e0u, 0x4a10, 0x11cf, 0x82, 0x73, 0x00, 0xaa, 0x00, 0x4a, 0xe6, 0x73, "netdfs", "netdfs", netdfs),
    INTERFACE(0x894de0c0u, 0x0d55, 0x11d3, 0xa3, 0x22, 0x00, 0xc0, 0x4f, 0xa3, 0x21, 0xa1, "InitShutdown", "initshutdown", initshutdown),
    INTERFACE(0x82273fdcu, 0xe32a, 0x18c3, 0x3f, 0x78, 0x82, 0x79, 0x29, 0xdc, 0x23, 0xea, "eventlog", "eventlog", eventlog),
};

const struct tl_dcerpc_interface *tl_dcerpc_interface(const uint8_t *uuid)
{
    for (unsigned i = 0; i < TL_COUNT(interfaces); i++)
        if (memcmp(interfaces[i].uuid, uuid, 16) == 0)
            return &interfaces[i];
    return NULL;
}

const struct tl_dcerpc_interface *tl_dcerpc_pipe(struct tl_bytes name)
{
    for (uint32_t i = name.len; i > 0; i--) {
        if (name.data[i - 1] == '\\') {
            name = tl_bytes_of(name.data + i, name.len - i);
            break;
        }
    }
    for (unsigned i = 0; i < TL_COUNT(interfaces); i++) {
        const char *pipe = interfaces[i].pipe;
        if (pipe != NULL && name.len == strlen(pipe) && memcmp(name.data, pipe, name.len) == 0)
            return &interfaces[i];
    }
    return NULL;
}

const char *tl_dcerpc_operation(const struct tl_dcerpc_interface *of, uint32_t opnum)
{
    return of != NULL && opnum < of->count ? of->operations[opnum] : NULL;
}
