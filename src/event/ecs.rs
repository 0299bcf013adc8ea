//! Windows records to ECS, exactly as winlogbeat's ingest pipelines do it.
