//! Which ECS field of an alert's event a Splunk field of a result row names, for pivots.

/// Returns the ECS field, or `None` when there is no single one.
#[must_use]
pub fn ecs(field: &str) -> Option<&'static str> {
    let field = field.rsplit_once('.').map_or(field, |(_, name)| name);
    let ecs = match field {
        "dest" | "dvc" | "Computer" | "ComputerName" | "host" | "dest_nt_host" => "host.name",
        "user" | "src_user" | "User" | "Account_Name" => "user.name",
        "user_id" | "UserID" | "user_sid" => "user.id",
        "process_name" => "process.name",
        "Image" | "process_path" => "process.executable",
        "process" | "CommandLine" | "process_exec" => "process.command_line",
        "process_guid" | "ProcessGuid" => "process.entity_id",
        "process_id" | "ProcessId" => "process.pid",
        "original_file_name" | "OriginalFileName" => "process.pe.original_file_name",
        "parent_process_name" => "process.parent.name",
        "parent_process" | "ParentCommandLine" => "process.parent.command_line",
        "parent_process_path" | "ParentImage" => "process.parent.executable",
        "parent_process_guid" | "ParentProcessGuid" => "process.parent.entity_id",
        "parent_process_id" => "process.parent.pid",
        "src" | "src_ip" | "SourceIp" => "source.ip",
        "dest_ip" | "DestinationIp" => "destination.ip",
        "dest_port" => "destination.port",
        "file_name" => "file.name",
        "file_path" | "TargetFilename" => "file.path",
        "registry_path" | "TargetObject" => "registry.path",
        "registry_value_name" => "registry.value",
        "query" | "QueryName" => "dns.question.name",
        "url" => "url.full",
        "process_hash" | "file_hash" => "process.hash.sha256",
        _ => return None,
    };
    Some(ecs)
}
