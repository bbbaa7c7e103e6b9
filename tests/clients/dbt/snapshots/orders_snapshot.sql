{% snapshot orders_snapshot %}
{{ config(target_schema='shop', unique_key='id', strategy='check', check_cols=['amount'], table_type='iceberg') }}
select id, amount from {{ ref('iceberg_merge') }}
{% endsnapshot %}
